"""TLS on both ports: with certificates made by OpenSSL, clients of gRPC and of HTTP, and peers that misbehave."""

import json
import socket
import ssl
import subprocess
import threading
import urllib.error
import urllib.request

import grpc
import numpy as np
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from serving import BINARY, HALF_PLUS_TWO, Server, free_port, half_plus_two, wait_until
from tensorflow_serving.apis import prediction_service_pb2_grpc


def openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


class Authority:
    """A certificate authority of its own, in a folder."""

    def __init__(self, folder, name):
        self.folder, self.name = folder, name
        self.key, self.certificate = folder / f"{name}.key", folder / f"{name}.pem"
        openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
            "-subj", f"/CN={name}", "-keyout", self.key, "-out", self.certificate,
        )  # fmt: skip

    def issue(self, name):
        """(key, certificate) for a server on this machine, or for a client."""
        key, request = self.folder / f"{name}.key", self.folder / f"{name}.csr"
        certificate, extensions = self.folder / f"{name}.pem", self.folder / f"{name}.ext"
        extensions.write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
        openssl(
            "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", f"/CN={name}",
            "-keyout", key, "-out", request,
        )  # fmt: skip
        openssl(
            "x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self.key, "-CAcreateserial", "-days", "2",
            "-extfile", extensions, "-out", certificate,
        )  # fmt: skip
        return key, certificate


def quoted(path):
    return json.dumps(path.read_text())


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("tls"), "authority")


@pytest.fixture(scope="module")
def plain_settings(authority):
    key, certificate = authority.issue("server")
    path = authority.folder / "tls.pbtxt"
    path.write_text(f"server_key: {quoted(key)}\nserver_cert: {quoted(certificate)}\n")
    return path


@pytest.fixture(scope="module")
def mutual_settings(authority, plain_settings):
    path = authority.folder / "mutual.pbtxt"
    path.write_text(plain_settings.read_text() + f"custom_ca: {quoted(authority.certificate)}\nclient_verify: true\n")
    return path


MODEL = (f"--model_base_path={HALF_PLUS_TWO}", "--model_name=half_plus_two")


def stub(server, **credentials):
    channel = grpc.secure_channel(f"localhost:{server.port}", grpc.ssl_channel_credentials(**credentials))
    return channel, prediction_service_pb2_grpc.PredictionServiceStub(channel)


def answers(predictions):
    answer = predictions.Predict(half_plus_two(), timeout=120, wait_for_ready=True)
    return list(answer.outputs["y"].float_val)


@pytest.fixture(scope="module")
def server(plain_settings):
    flags = (*MODEL, f"--ssl_config_file={plain_settings}", f"--rest_api_ssl_config_file={plain_settings}")
    with Server(*flags, rest=True) as server:
        wait_until(lambda: "Exporting HTTP/REST" in server.log, "the ports are open")
        yield server


def web(authority, **certificate):
    context = ssl.create_default_context(cafile=str(authority.certificate))
    if certificate:
        context.load_cert_chain(certificate["certificate"], certificate["key"])
    return context


def test_grpc_over_tls(server, authority):
    channel, predictions = stub(server, root_certificates=authority.certificate.read_bytes())
    with channel:
        assert answers(predictions) == [2.5, 3.0, 4.5]
        health = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=120)
        assert health.status == health_pb2.HealthCheckResponse.SERVING


def test_large_messages_go_both_ways(server, authority):
    channel, predictions = stub(server, root_certificates=authority.certificate.read_bytes())
    values = np.arange(900_000, dtype=np.float32)
    with channel:
        answer = predictions.Predict(half_plus_two(values), timeout=120, wait_for_ready=True)
    assert np.array_equal(np.array(answer.outputs["y"].float_val, np.float32), values / 2 + 2)


def test_many_calls_at_once(server, authority):
    channel, predictions = stub(server, root_certificates=authority.certificate.read_bytes())
    with channel:
        answers(predictions)
        calls = [predictions.Predict.future(half_plus_two(), timeout=120) for _ in range(500)]
        assert all(list(call.result().outputs["y"].float_val) == [2.5, 3.0, 4.5] for call in calls)


def test_rest_over_tls(server, authority):
    url = f"https://localhost:{server.rest_port}/v1/models/half_plus_two:predict"
    with urllib.request.urlopen(url, b'{"instances": [1.0, 5.0]}', context=web(authority), timeout=120) as answer:
        assert json.load(answer) == {"predictions": [2.5, 4.5]}
    names = web(authority)
    names.set_alpn_protocols(["h2", "http/1.1"])
    with socket.create_connection(("127.0.0.1", server.rest_port)) as plain:
        with names.wrap_socket(plain, server_hostname="localhost") as encrypted:
            assert encrypted.selected_alpn_protocol() == "h2"


def test_what_is_not_tls_gets_no_answer(server, authority):
    for port in (server.port, server.rest_port):
        with socket.create_connection(("127.0.0.1", port), timeout=120) as plain:
            plain.sendall(b"GET /v1/models HTTP/1.1\r\nHost: localhost\r\n\r\n" + bytes(100))
            try:
                received = plain.recv(1000)
            except ConnectionResetError:
                received = b""
        assert b"HTTP/1.1 200" not in received
    test_rest_over_tls(server, authority)


def test_client_that_trusts_another_authority_refuses(server, tmp_path):
    other = Authority(tmp_path, "other")
    channel, predictions = stub(server, root_certificates=other.certificate.read_bytes())
    with channel, pytest.raises(grpc.RpcError) as refused:
        predictions.Predict(half_plus_two(), timeout=120)
    assert refused.value.code() == grpc.StatusCode.UNAVAILABLE


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_old_versions_are_refused(server, authority, version):
    context = web(authority)
    with pytest.warns(DeprecationWarning):
        context.minimum_version = context.maximum_version = version
    with socket.create_connection(("127.0.0.1", server.port), timeout=120) as plain:
        with pytest.raises((ssl.SSLError, ConnectionResetError)):
            context.wrap_socket(plain, server_hostname="localhost")


def test_half_open_handshakes_hold_up_nobody(server, authority):
    silent = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(100)]
    for each in silent[:50]:
        each.sendall(bytes.fromhex("160301020001fc0303") + bytes(40))
    try:
        test_grpc_over_tls(server, authority)
    finally:
        for each in silent:
            each.close()


def test_clients_show_certificates_if_asked(authority, mutual_settings, tmp_path):
    key, certificate = authority.issue("client")
    flags = (*MODEL, f"--ssl_config_file={mutual_settings}", f"--rest_api_ssl_config_file={mutual_settings}")
    with Server(*flags, rest=True) as server:
        roots = authority.certificate.read_bytes()
        channel, predictions = stub(
            server, root_certificates=roots, private_key=key.read_bytes(), certificate_chain=certificate.read_bytes()
        )
        with channel:
            assert answers(predictions) == [2.5, 3.0, 4.5]
        channel, predictions = stub(server, root_certificates=roots)
        with channel, pytest.raises(grpc.RpcError) as refused:
            predictions.Predict(half_plus_two(), timeout=120)
        assert refused.value.code() == grpc.StatusCode.UNAVAILABLE
        stranger_key, stranger = Authority(tmp_path, "stranger").issue("client")
        channel, predictions = stub(
            server, root_certificates=roots, private_key=stranger_key.read_bytes(), certificate_chain=stranger.read_bytes()
        )
        with channel, pytest.raises(grpc.RpcError):
            predictions.Predict(half_plus_two(), timeout=120)
        url = f"https://localhost:{server.rest_port}/v1/models/half_plus_two:predict"
        known = web(authority, key=key, certificate=certificate)
        with urllib.request.urlopen(url, b'{"instances": [1.0]}', context=known, timeout=120) as answer:
            assert json.load(answer) == {"predictions": [2.5]}
        with pytest.raises((urllib.error.URLError, ssl.SSLError, ConnectionError)):
            urllib.request.urlopen(url, b'{"instances": [1.0]}', context=web(authority), timeout=120).read()


def test_calls_in_flight_are_answered_when_the_server_ends(authority, plain_settings):
    with Server(*MODEL, f"--ssl_config_file={plain_settings}") as server:
        channel, predictions = stub(server, root_certificates=authority.certificate.read_bytes())
        with channel:
            answers(predictions)
            calls = [predictions.Predict.future(half_plus_two(range(10_000)), timeout=120) for _ in range(50)]
            ender = threading.Thread(target=server.terminate)
            ender.start()
            codes = {call.code() for call in calls}
            ender.join()
        server.expect_end(30)
    # What had reached the server is answered; what had not is told to try elsewhere.
    assert codes <= {grpc.StatusCode.OK, grpc.StatusCode.UNAVAILABLE} and grpc.StatusCode.OK in codes


def test_silent_peers_do_not_hold_up_the_end(authority, plain_settings):
    with Server(*MODEL, f"--ssl_config_file={plain_settings}") as server:
        channel, predictions = stub(server, root_certificates=authority.certificate.read_bytes())
        with channel:
            answers(predictions)
            silent = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(5)]
        server.terminate()
        server.expect_end()
        for each in silent:
            each.close()


def test_key_of_another_certificate_keeps_the_server_from_starting(authority, tmp_path):
    key, _ = authority.issue("one")
    _, certificate = authority.issue("two")
    path = tmp_path / "mismatch.pbtxt"
    path.write_text(f"server_key: {quoted(key)}\nserver_cert: {quoted(certificate)}\n")
    run = subprocess.run(
        [BINARY, f"--port={free_port()}", *MODEL, f"--ssl_config_file={path}"], capture_output=True, text=True, timeout=120
    )
    assert run.returncode == 255
    assert "server_key is not the key of the certificate in server_cert" in run.stdout
    check = subprocess.run([BINARY, "check-config", "--type=ssl", str(path)], capture_output=True, text=True, timeout=120)
    assert check.returncode == 1 and "server_key is not the key of the certificate" in check.stdout
