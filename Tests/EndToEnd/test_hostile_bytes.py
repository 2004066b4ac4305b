"""What no honest client sends: each is answered or cut off, and the server goes on."""

import gzip
import os
import random
import socket
import struct
import zlib

import pytest

import serving
import wire
from serving import half_plus_two, varint
from wire import CONTINUATION, DATA, END_HEADERS, END_STREAM, GOAWAY, HEADERS, PING, PREFACE, PRIORITY, PUSH_PROMISE
from wire import RST_STREAM, SETTINGS, WINDOW_UPDATE, frame, message, request_headers

BODY = message(half_plus_two().SerializeToString())
INTERNAL, INVALID_ARGUMENT, UNIMPLEMENTED, RESOURCE_EXHAUSTED = "13", "3", "12", "8"


def ask(server, headers, body=BODY):
    """The answer to one request on a new connection."""
    with wire.Connection(server.port) as connection:
        return connection.answer(connection.open(headers, body))


def test_request_by_hand_is_answered(server):
    fields, body = ask(server, request_headers())
    assert (fields[":status"], fields["content-type"], fields["grpc-status"]) == ("200", "application/grpc", "0")
    assert body[:1] == b"\0" and struct.unpack(">I", body[1:5])[0] == len(body) - 5


# Messages


@pytest.mark.parametrize(
    "body, codes",
    [
        (message(b"\xff" * 40), {INTERNAL, INVALID_ARGUMENT}),
        (message(b"\x0a\xff\xff\xff\xff\x0f"), {INTERNAL, INVALID_ARGUMENT}),
        (message(b"\x12\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01"), {INTERNAL, INVALID_ARGUMENT}),
        (message(b"\x0b" * 5000 + b"\x0c" * 5000), {INTERNAL, INVALID_ARGUMENT}),
        (b"", {INTERNAL, UNIMPLEMENTED, INVALID_ARGUMENT}),
        (b"\0\0", {INTERNAL, INVALID_ARGUMENT}),
        (message(b"abc", length=9), {INTERNAL, INVALID_ARGUMENT}),
        (message(b"abc", length=0xFFFFFFFF), {INTERNAL, INVALID_ARGUMENT, RESOURCE_EXHAUSTED}),
        (BODY + BODY, {INTERNAL, UNIMPLEMENTED, INVALID_ARGUMENT}),
        (message(BODY[5:], compressed=7), {INTERNAL, INVALID_ARGUMENT}),
        (message(BODY[5:], compressed=1), {INTERNAL, INVALID_ARGUMENT, UNIMPLEMENTED}),
        (message(b""), {INVALID_ARGUMENT}),
    ],
    ids=[
        "not protobuf", "length beyond the end", "endless varint", "deep groups", "no message", "cut prefix", "cut message",
        "prefix of 4 GiB", "two messages", "unknown compression flag", "compressed without an encoding", "empty message",
    ],
)  # fmt: skip
def test_broken_message_is_refused(server, body, codes):
    fields, _ = ask(server, request_headers(), body)
    assert fields.get("grpc-status") in codes, fields


def test_deep_message_is_refused(server):
    # The one way to nest that the schema allows: TensorProto.variant_val, VariantTensorDataProto.tensors, and again.
    nested = b""
    for _ in range(10000):
        nested = b"\x1a" + varint(len(nested)) + nested
        nested = b"\x7a" + varint(len(nested)) + nested
    entry = b"\x0a\x01x\x12" + varint(len(nested)) + nested
    fields, _ = ask(server, request_headers(), message(b"\x12" + varint(len(entry)) + entry))
    assert fields.get("grpc-status") in {INTERNAL, INVALID_ARGUMENT}, fields


@pytest.mark.parametrize("encoding, pack", [("gzip", gzip.compress), ("deflate", zlib.compress)])
def test_compressed_message_is_read(server, encoding, pack):
    fields, _ = ask(server, request_headers(grpc_encoding=encoding), message(pack(BODY[5:]), compressed=1))
    assert fields["grpc-status"] == "0"


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
@pytest.mark.parametrize("packed", [b"", b"garbage that is not compressed", gzip.compress(BODY[5:], mtime=0)[:-9]])
def test_broken_compression_is_refused(server, encoding, packed):
    fields, _ = ask(server, request_headers(grpc_encoding=encoding), message(packed, compressed=1))
    assert fields.get("grpc-status") in {INTERNAL, INVALID_ARGUMENT}, fields


def test_unknown_encoding_is_unimplemented_and_the_known_are_named(server):
    fields, _ = ask(server, request_headers(grpc_encoding="snappy"), message(BODY[5:], compressed=1))
    assert fields["grpc-status"] == UNIMPLEMENTED
    assert {"gzip", "deflate"} <= set(fields["grpc-accept-encoding"].replace(" ", "").split(","))


@pytest.fixture(scope="module")
def limited():
    """A server that takes messages of up to 16 MiB."""
    flags = ["--model_name=half_plus_two", f"--model_base_path={serving.HALF_PLUS_TWO}"]
    limit = f"--grpc_max_receive_message_bytes={16 << 20}"
    with serving.Server(*flags, limit, ready=["half_plus_two"]) as server:
        yield server


def test_compression_bomb_costs_no_memory(limited):
    # 1 GiB of zeros in 1 MiB: after a full flush the bytes for a mebibyte may be repeated.
    packer = zlib.compressobj(9, wbits=31)
    head = packer.compress(b"") + packer.flush(zlib.Z_FULL_FLUSH)
    mebibyte = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    before = limited.memory("VmHWM")
    with wire.Connection(limited.port) as connection:
        stream = connection.open(request_headers(grpc_encoding="gzip"), end=False)
        connection.send_large(stream, message(head + 1024 * mebibyte, compressed=1))
        fields, _ = connection.answer(stream)
    assert fields["grpc-status"] == RESOURCE_EXHAUSTED and "larger than max" in fields["grpc-message"], fields
    assert limited.memory("VmHWM") - before < 64 << 20


def test_message_beyond_the_limit_is_refused_at_its_prefix(limited):
    fields, _ = ask(limited, request_headers(), message(bytes(1000), length=(16 << 20) + 1))
    assert fields["grpc-status"] == RESOURCE_EXHAUSTED and "larger than max" in fields["grpc-message"], fields


def test_message_below_the_limit_is_taken(limited):
    answer = limited.predict(half_plus_two([1.0] * (3 << 20)), timeout=120)
    assert len(answer.outputs["y"].float_val) == 3 << 20


def test_random_messages_are_answered(server):
    generator = random.Random(1)
    valid = BODY[5:]
    with wire.Connection(server.port) as connection:
        for _ in range(300):
            body = bytearray(valid)
            for _ in range(generator.randint(1, 4)):
                body[generator.randrange(len(body))] = generator.randrange(256)
            fields, _ = connection.answer(connection.open(request_headers(), message(bytes(body))))
            assert "grpc-status" in fields, fields


# Headers


@pytest.mark.parametrize(
    "headers, status",
    [
        (request_headers(content_type="application/json"), "415"),
        (request_headers(content_type=None), "415"),
        (request_headers(method="GET"), "405"),
    ],
)
def test_request_that_is_not_grpc_gets_an_http_status(server, headers, status):
    fields, _ = ask(server, headers)
    assert fields.get(":status") == status or "reset" in fields, fields


@pytest.mark.parametrize("timeout", ["", "5", "m", "-5S", "1x", "1.5S", " 5S"])
def test_broken_timeout_is_refused(server, timeout):
    fields, _ = ask(server, request_headers(grpc_timeout=timeout))
    assert fields.get("grpc-status") in {INTERNAL, INVALID_ARGUMENT} or "reset" in fields, fields


@pytest.mark.parametrize("timeout", ["10S", "99999999H", "99999999M", "60000m", "9999999u", "99999999n"])
def test_timeout_of_every_unit_is_understood(server, timeout):
    fields, _ = ask(server, request_headers(grpc_timeout=timeout))
    assert fields["grpc-status"] == "0", fields


def test_vast_headers_are_refused(server):
    with wire.Connection(server.port) as connection:
        headers = request_headers() + [(f"x-{number}", "y" * 1000) for number in range(300)]
        block = connection.encoder.encode(headers)
        parts = [block[at : at + 16000] for at in range(0, len(block), 16000)]
        try:
            connection.send(frame(HEADERS, END_STREAM, 1, parts[0]))
            for part in parts[1:]:
                connection.send(frame(CONTINUATION, 0, 1, part))
            connection.send(frame(CONTINUATION, END_HEADERS, 1))
        except OSError:
            pass
        connection.drain(2)


# Frames

FIRST = PREFACE + frame(SETTINGS, 0, 0)
MALFORMED = {
    "nothing at all": b"",
    "half a preface": PREFACE[:11],
    "HTTP/1.1": b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "TLS hello": bytes.fromhex("160301020001fc0303") + bytes(400),
    "zeros": bytes(4096),
    "preface without SETTINGS": PREFACE + frame(PING, 0, 0, bytes(8)),
    "SETTINGS of 5 bytes": PREFACE + frame(SETTINGS, 0, 0, bytes(5)),
    "SETTINGS on a stream": PREFACE + frame(SETTINGS, 0, 1),
    "window of 2^31": PREFACE + frame(SETTINGS, 0, 0, struct.pack(">HI", 4, 1 << 31)),
    "frame size of 1": PREFACE + frame(SETTINGS, 0, 0, struct.pack(">HI", 5, 1)),
    "frame larger than allowed": FIRST + frame(DATA, 0, 1, bytes(20000)),
    "frame of 16 MiB announced": FIRST + frame(HEADERS, END_HEADERS, 1, bytes(100), length=0xFFFFFF),
    "unknown frame type": FIRST + frame(99, 255, 7, bytes(50)),
    "PING of 7 bytes": FIRST + frame(PING, 0, 0, bytes(7)),
    "PING on a stream": FIRST + frame(PING, 0, 3, bytes(8)),
    "DATA on stream 0": FIRST + frame(DATA, 0, 0, bytes(8)),
    "DATA on an idle stream": FIRST + frame(DATA, 0, 5, bytes(8)),
    "RST_STREAM of an idle stream": FIRST + frame(RST_STREAM, 0, 5, bytes(4)),
    "RST_STREAM of 3 bytes": FIRST + frame(RST_STREAM, 0, 1, bytes(3)),
    "WINDOW_UPDATE by 0": FIRST + frame(WINDOW_UPDATE, 0, 0, bytes(4)),
    "WINDOW_UPDATE beyond 2^31": FIRST + 2 * frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", 0x7FFFFFFF)),
    "even stream": FIRST + frame(HEADERS, END_HEADERS, 2, b"\x82"),
    "PUSH_PROMISE by a client": FIRST + frame(PUSH_PROMISE, END_HEADERS, 1, bytes(8)),
    "CONTINUATION without HEADERS": FIRST + frame(CONTINUATION, END_HEADERS, 1, b"\x82"),
    "HEADERS interrupted": FIRST + frame(HEADERS, 0, 1, b"\x82") + frame(PING, 0, 0, bytes(8)),
    "padding longer than the frame": FIRST + frame(HEADERS, END_HEADERS | 8, 1, b"\xff\x82"),
    "broken header compression": FIRST + frame(HEADERS, END_HEADERS, 1, b"\xff\xff\xff\xff\xff\xff\xff"),
    "header index 0": FIRST + frame(HEADERS, END_HEADERS, 1, b"\x80"),
    "PRIORITY on itself": FIRST + frame(PRIORITY, 0, 1, struct.pack(">IB", 1, 5)),
    "GOAWAY of 2 bytes": FIRST + frame(GOAWAY, 0, 0, bytes(2)),
    "GOAWAY": FIRST + frame(GOAWAY, 0, 0, bytes(8)),
}


@pytest.mark.parametrize("case", MALFORMED)
def test_malformed_frames_are_survived(server, case):
    with wire.Connection(server.port, preface=None) as connection:
        try:
            connection.send(MALFORMED[case])
            connection.socket.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        assert connection.drain(), "the server keeps a connection whose client has closed its side"


def test_random_bytes_are_survived(server):
    generator = random.Random(2)
    for _ in range(100):
        with wire.Connection(server.port, preface=None) as connection:
            try:
                connection.send(generator.choice([b"", PREFACE, FIRST]) + generator.randbytes(generator.randint(1, 3000)))
            except OSError:
                pass


def test_random_frames_are_survived(server):
    generator = random.Random(3)
    for _ in range(100):
        with wire.Connection(server.port) as connection:
            try:
                for _ in range(20):
                    payload = generator.randbytes(generator.choice([0, 1, 4, 5, 8, 40]))
                    connection.send(frame(generator.randrange(11), generator.randrange(256), generator.randrange(8), payload))
            except OSError:
                pass


def test_requests_cut_at_every_byte_are_survived(server):
    with wire.Connection(server.port) as connection:
        block = connection.encoder.encode(request_headers())
    whole = FIRST + frame(HEADERS, END_HEADERS, 1, block) + frame(DATA, END_STREAM, 1, BODY)
    for end in range(1, len(whole), 3):
        with wire.Connection(server.port, preface=None) as connection:
            connection.send(whole[:end])


# Floods


def test_flood_of_resets_is_survived(server):
    with wire.Connection(server.port) as connection:
        try:
            for _ in range(5000):
                stream = connection.open(request_headers(), BODY, end=False)
                connection.send(frame(RST_STREAM, 0, stream, bytes(4)))
        except OSError:
            pass


@pytest.mark.parametrize(
    "unit", [frame(PING, 0, 0, bytes(8)), frame(SETTINGS, 0, 0), frame(PRIORITY, 0, 1, struct.pack(">IB", 0, 5))]
)
def test_flood_of_control_frames_costs_no_memory(server, unit):
    before = server.memory()
    with wire.Connection(server.port) as connection:
        try:
            for _ in range(200):
                connection.send(unit * 500)
        except OSError:
            pass
    assert server.memory() - before < 200 << 20


def test_slow_readers_do_not_hold_others_up(server):
    # Each asks for large answers, gives all the window it can, and never reads.
    wide = FIRST + frame(SETTINGS, 0, 0, struct.pack(">HI", 4, 0x7FFFFFFF)) + frame(WINDOW_UPDATE, 0, 0, b"\x7f\0\0\0")
    request = message(half_plus_two([1.0] * 200_000).SerializeToString())
    before = server.memory()
    with_request = []
    try:
        for _ in range(4):
            connection = wire.Connection(server.port, preface=wide)
            with_request.append(connection)
            connection.socket.settimeout(3)
            try:
                for _ in range(30):
                    connection.open(request_headers(), request)
            except OSError:
                pass
            assert list(server.predict(half_plus_two(), timeout=5).outputs["y"].float_val) == [2.5, 3.0, 4.5]
        assert server.memory() - before < 1 << 30
    finally:
        for connection in with_request:
            connection.socket.close()


def test_many_idle_connections_are_survived(server):
    idle = []
    try:
        for _ in range(500):
            idle.append(socket.create_connection(("127.0.0.1", server.port), 5))
        assert list(server.predict(half_plus_two(), timeout=5).outputs["y"].float_val) == [2.5, 3.0, 4.5]
    finally:
        for connection in idle:
            connection.close()


def test_no_descriptor_is_left_behind(server):
    def descriptors():
        return len(os.listdir(f"/proc/{server.process.pid}/fd"))

    server.predict(half_plus_two())
    before = descriptors()
    for _ in range(50):
        ask(server, request_headers())
    serving.wait_until(lambda: descriptors() <= before, "the connections' descriptors are closed")
