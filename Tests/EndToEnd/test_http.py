"""The REST port as a server of HTTP: protocols, limits, and what no honest client sends. The server answers or cuts off,
stays within its memory, and goes on serving gRPC meanwhile."""

import contextlib
import gzip
import json
import resource
import shutil
import socket
import subprocess
import threading
import time

import pytest

import serving
from serving import half_plus_two, wait_until

LIVE = "/healthz/live"
GET = f"GET {LIVE} HTTP/1.1\r\nHost: a\r\n\r\n".encode()


@pytest.fixture(scope="module")
def limited():
    """A server with small limits."""
    with serving.Server(
        "--model_name=half_plus_two", f"--model_base_path={serving.HALF_PLUS_TWO}", "--rest_api_max_body_bytes=3000000",
        ready=["half_plus_two"], rest=True,
    ) as server:  # fmt: skip
        yield server


@contextlib.contextmanager
def connected(server):
    with socket.create_connection(("127.0.0.1", server.rest_port), timeout=120) as peer:
        yield peer


def answers(peer, count):
    """The status codes of the next `count` answers, which have lengths; fewer if the server closes before."""
    stream, codes = peer.makefile("rb"), []
    while len(codes) < count:
        line = stream.readline()
        if not line.startswith(b"HTTP/1."):
            break
        codes.append(int(line.split()[1]))
        length = 0
        while (field := stream.readline().strip().lower()) != b"":
            if field.startswith(b"content-length:"):
                length = int(field.split(b":")[1])
        stream.read(length)
    return codes


def still_serves(server):
    answer = server.predict(half_plus_two())
    assert list(answer.outputs["y"].float_val) == [2.5, 3.0, 4.5]
    assert server.http("GET", LIVE)[0] == 200


# Protocols


def test_log_names_the_port(limited):
    limited.expect_logged(f"Exporting HTTP/REST API at:localhost:{limited.rest_port} ...")


def test_live_probe_is_answered(limited):
    status, fields, body = limited.http("GET", LIVE)
    assert (status, json.loads(body)) == (200, {"status": "live"})
    assert fields["content-type"].startswith("application/json")


def test_unknown_path_is_not_found(limited):
    status, fields, body = limited.http("GET", "/no/such/path")
    assert status == 404 and b"<TITLE>404 Not Found</TITLE>" in body and fields["content-type"] == "text/html"


@pytest.mark.parametrize("protocol", ["--http1.0", "--http1.1", "--http2-prior-knowledge", "--http2"])
def test_curl_is_answered(limited, protocol):
    if not shutil.which("curl"):
        pytest.skip("no curl")
    url = f"http://localhost:{limited.rest_port}{LIVE}"
    result = subprocess.run(
        ["curl", "-s", protocol, "-w", "%{http_code} %{http_version}", url], capture_output=True, timeout=120
    )
    version = {"--http1.0": {b"1", b"1.0", b"1.1"}, "--http2-prior-knowledge": {b"2"}}.get(protocol, {b"1.1"})
    assert result.stdout in {b'{"status": "live"}\n200 ' + each for each in version}, result


def test_ipv6_is_answered(limited):
    if not socket.has_ipv6:
        pytest.skip("no IPv6")
    try:
        peer = socket.create_connection(("::1", limited.rest_port), timeout=120)
    except OSError as error:
        pytest.skip(f"no IPv6: {error}")
    with peer:
        peer.sendall(GET)
        assert answers(peer, 1) == [200]


def test_port_of_another_server_is_done_without(limited):
    with serving.Server(
        "--model_name=half_plus_two", f"--model_base_path={serving.HALF_PLUS_TWO}",
        f"--rest_api_port={limited.rest_port}", ready=["half_plus_two"],
    ) as server:  # fmt: skip
        server.expect_logged(f"Failed to start HTTP Server at localhost:{limited.rest_port}")
        assert server.predict(half_plus_two())


# Abuse


def test_a_thousand_pipelined_requests_are_answered(limited):
    with connected(limited) as peer:
        peer.sendall(GET * 1000)
        assert answers(peer, 1000) == [200] * 1000


@pytest.mark.parametrize(
    "request_bytes, code",
    [
        (b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc", 400),
        (b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3 3\r\n\r\nabc", 400),
        (b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length : 3\r\n\r\nabc", 400),
        (b"POST /x HTTP/1.1\r\nHost: a\r\nX: b\r\n c\r\n\r\n", 400),
        (b"POST /x HTTP/1.1\r\nHost: a\r\nTransfer-: chunked\r\n Encoding\r\n\r\n0\r\n\r\n", 400),
        (b"POST /x HTTP/1.1\r\nHost: a\nX: y\r\n\r\n", 400),
        (b"POST /x HTTP/1.1\r\nHost: a\r\nX: a\x00b\r\n\r\n", 400),
        (b"POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501),
        (b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3000001\r\n\r\n", 413),
        (b"POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
        (b"GET /" + b"x" * 200_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 200_000 + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\nHost: a\r\n" + b"a: b\r\n" * 50_000 + b"\r\n", 431),
        (b"BREW /pot HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 100, None),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", None),
        (b"\x00" * 1000, None),
        (b"PRI * HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nnot a frame, but many bytes all the same", None),
    ],
    ids=[
        "two lengths", "length twice", "odd length", "blank before colon", "folded field", "folded name", "bare line feed",
        "zero byte", "unknown coding", "announces too much", "bad chunk", "long target", "long field", "many fields",
        "body without end", "TLS", "zeros", "almost HTTP/2", "HTTP/2 with rubbish",
    ],
)  # fmt: skip
def test_bad_request_is_refused(limited, request_bytes, code):
    with connected(limited) as peer:
        with contextlib.suppress(ConnectionError):
            peer.sendall(request_bytes)
            if code is None:
                peer.shutdown(socket.SHUT_WR)
            codes = answers(peer, 2)
            # The library tells some errors twice, but nothing else is answered.
            assert code is None or codes[0] == code and 200 not in codes, codes
    still_serves(limited)


def test_chunks_without_end_are_cut_off(limited):
    before = limited.memory("VmHWM")
    with connected(limited) as peer:
        peer.sendall(b"POST /v1/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
        with contextlib.suppress(ConnectionError):
            for _ in range(400):
                peer.sendall(chunk)
        with contextlib.suppress(ConnectionError):
            assert answers(peer, 1) == [413]
    assert limited.memory("VmHWM") - before < 64 << 20
    still_serves(limited)


def test_many_tiny_chunks_cost_no_memory(limited):
    with connected(limited) as peer:
        peer.sendall(f"POST {LIVE} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
        peer.sendall(b"1\r\nx\r\n" * 100_000 + b"0\r\n\r\n")
        assert answers(peer, 1) == [405]


def test_gzip_bombs_are_taken_as_empty(limited):
    bomb = gzip.compress(bytes(300 << 20), 9)
    before = limited.memory()
    for _ in range(3):
        status, _, body = limited.http(
            "POST", "/v1/models/half_plus_two:predict", bomb, {"Content-Encoding": "gzip"}
        )
        assert (status, json.loads(body)["error"]) == (400, "JSON Parse error: The document is empty")
    wait_until(lambda: limited.memory() - before < 200 << 20, "the memory of bombs is given back")
    still_serves(limited)


def test_gone_clients_are_forgotten(limited):
    for _ in range(200):
        with connected(limited) as peer:
            peer.sendall(b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nabc")
    still_serves(limited)


def test_slow_headers_are_cut_off(limited):
    with connected(limited) as peer:
        peer.settimeout(60)
        peer.sendall(b"GET / HTTP/1.1\r\nX-Slow: ")
        begin = time.monotonic()
        codes = []
        reader = threading.Thread(target=lambda: codes.extend(answers(peer, 2)))
        reader.start()
        with contextlib.suppress(ConnectionError):
            while reader.is_alive() and time.monotonic() - begin < 55:
                peer.sendall(b"x")
                reader.join(0.5)
        reader.join(5)
        assert codes == [408]
    still_serves(limited)


def test_thousands_of_idle_connections_harm_nobody(limited):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    count = 5000
    if hard != resource.RLIM_INFINITY and hard < count + 500:
        pytest.skip(f"only {hard} files may be open")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, count + 500), hard))
    peers = []
    try:
        still_serves(limited)
        before = limited.memory()
        for index in range(count):
            peer = socket.create_connection(("127.0.0.1", limited.rest_port), timeout=120)
            peers.append(peer)
            if index % 2:
                peer.sendall(GET)
        for peer in peers[1::2]:
            assert peer.recv(1000).startswith(b"HTTP/1.1 200 OK")
        # Half have never spoken, half idle behind an answer: 40 KiB each at most.
        assert limited.memory() - before < count * (40 << 10)
        for _ in range(20):
            still_serves(limited)
    finally:
        for peer in peers:
            peer.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    still_serves(limited)


def test_grpc_goes_on_during_abuse(limited):
    """Floods from eight threads at once; every gRPC call meanwhile must succeed."""
    stop = threading.Event()

    def flood(payload):
        while not stop.is_set():
            with contextlib.suppress(OSError), connected(limited) as peer:
                peer.sendall(payload)
                peer.shutdown(socket.SHUT_WR)
                peer.recv(1 << 16)

    bomb = gzip.compress(bytes(50 << 20), 9)
    head = f"POST {LIVE} HTTP/1.1\r\nHost: a\r\nContent-Encoding: gzip\r\nContent-Length: {len(bomb)}\r\n\r\n".encode()
    payloads = [
        GET * 200, b"\0" * 100_000, b"GET / HTTP/1.1\r\nX: " + b"y" * 100_000, head + bomb,
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 10_000,
    ]  # fmt: skip
    threads = [threading.Thread(target=flood, args=(payloads[index % len(payloads)],)) for index in range(8)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(300):
            answer = limited.predict(half_plus_two(), timeout=120)
            assert list(answer.outputs["y"].float_val) == [2.5, 3.0, 4.5]
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    still_serves(limited)


# The end


def test_idle_connections_do_not_hold_up_the_end():
    with serving.Server(
        "--model_name=half_plus_two", f"--model_base_path={serving.HALF_PLUS_TWO}", "--drain_timeout_seconds=60",
        ready=["half_plus_two"], rest=True,
    ) as server, contextlib.ExitStack() as stack:  # fmt: skip
        peers = [stack.enter_context(connected(server)) for _ in range(20)]
        for peer in peers[:10]:
            peer.sendall(GET)
            assert answers(peer, 1) == [200]
        server.channel.close()
        server.terminate()
        server.expect_end(30)
        for peer in peers:
            assert peer.recv(100) == b""


def test_without_flag_there_is_no_rest():
    with serving.Server(
        "--model_name=half_plus_two", f"--model_base_path={serving.HALF_PLUS_TWO}", ready=["half_plus_two"]
    ) as server:
        assert "Exporting HTTP/REST" not in server.log
