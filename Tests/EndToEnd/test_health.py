"""The standard health service: Check and Watch, for the server, its services and its models."""

import os
import pathlib
import queue
import signal
import threading
import time

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

import serving

SERVING, NOT_SERVING, SERVICE_UNKNOWN = (
    health_pb2.HealthCheckResponse.ServingStatus.Value(name) for name in ("SERVING", "NOT_SERVING", "SERVICE_UNKNOWN")
)
SERVICES = [
    "",
    "ModelService",
    "PredictionService",
    "tensorflow.serving.ModelService",
    "tensorflow.serving.PredictionService",
    "grpc.health.v1.Health",
]
HALF = ["--model_name=half_plus_two", f"--model_base_path={serving.HALF_PLUS_TWO}"]


def check(server, name):
    request = health_pb2.HealthCheckRequest(service=name)
    return health_pb2_grpc.HealthStub(server.channel).Check(request, timeout=120).status


class Watch:
    """An open Watch; its messages and then its end go into a queue."""

    def __init__(self, channel, name):
        self.call = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest(service=name))
        self.news = queue.SimpleQueue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        try:
            for answer in self.call:
                self.news.put(answer.status)
        except grpc.RpcError as error:
            self.news.put(error.code())

    def next(self, seconds=60):
        return self.news.get(timeout=seconds)

    def silent(self, seconds):
        time.sleep(seconds)
        return self.news.empty()


@pytest.mark.parametrize("name", [*SERVICES, "half_plus_two", "digits"])
def test_what_serves_is_serving(server, name):
    assert check(server, name) == SERVING


@pytest.mark.parametrize("name", ["nobody", "grpc.health.v1", "tensorflow.serving", "x" * 5000, "é"])
def test_check_of_an_unknown_name_is_not_found(server, name):
    code, text = serving.refusal(lambda: check(server, name))
    assert code == grpc.StatusCode.NOT_FOUND and text.startswith("unknown service: ")


def test_watch_of_an_unknown_name_says_so_and_stays_open(server):
    watch = Watch(server.channel, "nobody")
    assert watch.next() == SERVICE_UNKNOWN
    assert watch.silent(0.3)
    watch.call.cancel()
    assert watch.next() == grpc.StatusCode.CANCELLED


def test_watch_of_an_endless_name_is_refused(server):
    assert Watch(server.channel, "x" * 2000).next() == grpc.StatusCode.INVALID_ARGUMENT


def test_malformed_request_is_an_error(server):
    method = server.channel.unary_unary("/grpc.health.v1.Health/Check")
    code, _ = serving.refusal(lambda: method(b"\x0a\xff", timeout=120))
    assert code == grpc.StatusCode.INTERNAL


def test_service_that_is_switched_off_is_unimplemented():
    with serving.Server("--enable_grpc_healthcheck_service=false", *HALF, ready=["half_plus_two"]) as server:
        code, text = serving.refusal(lambda: check(server, ""))
        assert (code, text) == (grpc.StatusCode.UNIMPLEMENTED, "")


def test_a_broken_model_is_not_serving_and_stops_nobody(tmp_path):
    models = {"half_plus_two": serving.HALF_PLUS_TWO, "unknown": os.path.join(serving.FIXTURES, "models", "unknown")}
    path = serving.config(tmp_path / "models.config", models)
    with serving.Server(f"--model_config_file={path}", ready=["half_plus_two"]) as server:
        serving.wait_until(lambda: check(server, "") == SERVING, "every model was tried")
        assert check(server, "unknown") == NOT_SERVING
        assert check(server, "half_plus_two") == SERVING


def test_watch_tells_each_change_once(tmp_path):
    base = tmp_path / "model"
    base.mkdir()
    with serving.Server("--model_name=model", f"--model_base_path={base}") as server:
        serving.wait_until(lambda: "Running gRPC" in server.log, "the port is open")
        everything = Watch(server.channel, "")
        model = Watch(server.channel, "model")
        first = everything.next()
        assert first == SERVING or everything.next() == SERVING
        assert model.next() == NOT_SERVING
        source = next(path for path in pathlib.Path(serving.HALF_PLUS_TWO).iterdir() if path.name.isdigit())
        serving.place(source, str(base / "1"))
        assert model.next() == SERVING
        serving.place(source, str(base / "2"))
        server.wait_for("model", 2)
        serving.wait_until(lambda: server.states("model").get(1) == serving.END, "version 1 is gone")
        assert model.silent(0.2) and everything.silent(0)


def test_watchers_are_told_of_the_end_and_do_not_hold_it_up():
    with serving.Server(*HALF, ready=["half_plus_two"]) as server:
        watches = [Watch(server.channel, name) for name in SERVICES + ["half_plus_two", "nobody"] for _ in range(20)]
        for watch in watches:
            assert watch.next() in (SERVING, SERVICE_UNKNOWN)
        server.terminate()
        for index, watch in enumerate(watches):
            if index < len(watches) - 20:
                assert watch.next() == NOT_SERVING
            assert watch.next() == grpc.StatusCode.UNAVAILABLE
        server.expect_end()


def test_open_watches_cost_nothing(server):
    watches = [Watch(server.channel, "half_plus_two") for _ in range(300)]
    for watch in watches:
        assert watch.next() == SERVING
    before = server.processor_seconds()
    time.sleep(2)
    assert server.processor_seconds() - before < 0.1
    for watch in watches:
        watch.call.cancel()


def test_watch_follows_a_model_that_is_added_and_removed(tmp_path):
    path = tmp_path / "models.config"
    serving.config(path, {"half_plus_two": serving.HALF_PLUS_TWO})
    with serving.Server(f"--model_config_file={path}", ready=["half_plus_two"]) as server:
        watch = Watch(server.channel, "late")
        assert watch.next() == SERVICE_UNKNOWN
        serving.config(path, {"half_plus_two": serving.HALF_PLUS_TWO, "late": serving.HALF_PLUS_TWO})
        server.process.send_signal(signal.SIGHUP)
        seen = [watch.next()]
        while seen[-1] != SERVING:
            seen.append(watch.next())
        assert seen in ([SERVING], [NOT_SERVING, SERVING])
        assert check(server, "") == SERVING
        serving.config(path, {"half_plus_two": serving.HALF_PLUS_TWO})
        server.process.send_signal(signal.SIGHUP)
        seen = [watch.next()]
        while seen[-1] != SERVICE_UNKNOWN:
            seen.append(watch.next())
        assert seen in ([SERVICE_UNKNOWN], [NOT_SERVING, SERVICE_UNKNOWN])
        assert check(server, "half_plus_two") == SERVING
