"""TFRecord files: records between their length and two masked CRC-32C checksums."""

import struct


def _table():
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
        yield byte


TABLE = list(_table())


def masked_checksum(content):
    crc = 0xFFFFFFFF
    for byte in content:
        crc = crc >> 8 ^ TABLE[(crc ^ byte) & 255]
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def write(records):
    """The bytes of a file with `records`, messages or bytes."""
    out = []
    for record in records:
        record = record if isinstance(record, bytes) else record.SerializeToString()
        length = struct.pack("<Q", len(record))
        out += [length, struct.pack("<I", masked_checksum(length)), record, struct.pack("<I", masked_checksum(record))]
    return b"".join(out)


def read(content):
    """The records of a file, whose checksums must all be right."""
    records, position = [], 0
    while position < len(content):
        length = content[position : position + 8]
        end = position + 12 + struct.unpack("<Q", length)[0]
        assert content[position + 8 : position + 12] == struct.pack("<I", masked_checksum(length))
        record = content[position + 12 : end]
        assert content[end : end + 4] == struct.pack("<I", masked_checksum(record))
        records.append(record)
        position = end + 4
    return records
