"""HTTP/2 by hand, for what a well-behaved client never sends."""

import socket
import struct
import time

import hpack

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
END_STREAM, ACK, END_HEADERS = 1, 1, 4
PREDICT = "/tensorflow.serving.PredictionService/Predict"


def frame(kind, flags, stream, payload=b"", length=None):
    """A frame; `length` lies about the payload's size."""
    size = len(payload) if length is None else length
    return struct.pack(">I", size)[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def message(body, compressed=0, length=None):
    """A gRPC message with its five-byte prefix; `length` lies about the body's size."""
    return struct.pack(">BI", compressed, len(body) if length is None else length) + body


def request_headers(path=PREDICT, method="POST", **more):
    """The headers of a gRPC call; a value of None removes a header, `_` in a name stands for `-`."""
    fields = {":method": method, ":scheme": "http", ":path": path, ":authority": "localhost"}
    fields |= {"content-type": "application/grpc", "te": "trailers"}
    fields |= {name.replace("_", "-"): value for name, value in more.items()}
    return [(name, value) for name, value in fields.items() if value is not None]


class Connection:
    def __init__(self, port, preface=PREFACE + frame(SETTINGS, 0, 0)):
        self.socket = socket.create_connection(("127.0.0.1", port), 60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.settimeout(60)
        self.encoder, self.decoder = hpack.Encoder(), hpack.Decoder()
        self.decoder.max_header_list_size = 1 << 20
        self.next_stream = 1
        self.buffer = b""
        self.early = []  # frames that came while a request was being sent
        if preface:
            self.send(preface)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def open(self, headers, body=b"", end=True):
        """Sends a request, in the flow control's initial window; returns its stream."""
        stream, self.next_stream = self.next_stream, self.next_stream + 2
        block = self.encoder.encode(headers)
        bare = end and not body
        self.send(frame(HEADERS, END_HEADERS | (END_STREAM if bare else 0), stream, block))
        while body:
            part, body = body[:16384], body[16384:]
            self.send(frame(DATA, END_STREAM if end and not body else 0, stream, part))
        return stream

    def send_large(self, stream, body):
        """Sends the DATA of an opened stream as fast as flow control lets it; stops when the server ends the stream."""
        windows = {0: 65535, stream: 65535}
        while body:
            room = min(16384, len(body), *windows.values())
            if room > 0:
                part, body = body[:room], body[room:]
                self.send(frame(DATA, 0 if body else END_STREAM, stream, part))
                windows = {of: left - room for of, left in windows.items()}
                continue
            got = self._next_frame()
            if got is None:
                return
            kind, flags, of, payload = got
            if kind == WINDOW_UPDATE and of in windows:
                windows[of] += int.from_bytes(payload, "big")
                continue
            if kind == SETTINGS and not flags & ACK:
                for name, value in struct.iter_unpack(">HI", payload):
                    if name == 4:
                        windows[stream] += value - 65535
                self.send(frame(SETTINGS, ACK, 0))
                continue
            self.early.append(got)
            if of == stream and (kind == RST_STREAM or flags & END_STREAM):
                return

    def read_frame(self):
        """(kind, flags, stream, payload), or None at the end of the connection."""
        return self.early.pop(0) if self.early else self._next_frame()

    def _next_frame(self):
        head = self._read(9)
        if head is None:
            return None
        size, kind, flags, stream = int.from_bytes(head[:3], "big"), head[3], head[4], int.from_bytes(head[5:], "big")
        payload = self._read(size) if size else b""
        return None if payload is None else (kind, flags, stream & 0x7FFFFFFF, payload)

    def answer(self, stream):
        """(headers and trailers in one dictionary, body) of the stream; `reset` or `goaway` in it when that came instead."""
        fields, body = {}, b""
        while True:
            got = self.read_frame()
            if got is None:
                return fields | {"closed": True}, body
            kind, flags, of, payload = got
            if kind == SETTINGS and not flags & ACK:
                self.send(frame(SETTINGS, ACK, 0))
            elif kind == PING and not flags & ACK:
                self.send(frame(PING, ACK, 0, payload))
            elif kind == GOAWAY:
                fields["goaway"] = int.from_bytes(payload[4:8], "big")
            elif kind == HEADERS:
                block = dict(self.decoder.decode(payload))
                if of == stream:
                    fields |= block
            elif kind == DATA and of == stream:
                body += payload
            elif kind == RST_STREAM and of == stream:
                return fields | {"reset": int.from_bytes(payload, "big")}, body
            if of == stream and kind in (HEADERS, DATA) and flags & END_STREAM:
                return fields, body

    def drain(self, seconds=20):
        """Reads until the server closes the connection or is silent; whether it closed."""
        end = time.monotonic() + seconds
        self.socket.settimeout(0.3)
        while time.monotonic() < end:
            try:
                if not self.socket.recv(65536):
                    return True
            except TimeoutError:
                continue
            except OSError:
                return True
        return False

    def _read(self, size):
        while len(self.buffer) < size:
            try:
                more = self.socket.recv(65536)
            except ConnectionError:
                return None
            if not more:
                return None
            self.buffer += more
        out, self.buffer = self.buffer[:size], self.buffer[size:]
        return out
