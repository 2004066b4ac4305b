"""The start: ports open at once, and requests wait for the first load of their model."""

import os
import shutil
import socket
import time

import grpc
import numpy as np
import pytest
from tensorflow_serving.apis import get_model_status_pb2, prediction_log_pb2

import records
import serving
from serving import metadata_request, predict_request, refusal, wait_until

SLOW = os.path.join(serving.FIXTURES, "models", "slow")
LOADING = get_model_status_pb2.ModelVersionStatus.LOADING


def slow_request(side=8, **spec):
    return predict_request("slow", {"side": np.int32(side)}, **spec)


@pytest.fixture
def base(tmp_path):
    """The slow model with a warm-up file that keeps it in its first load for a while."""
    version = tmp_path / "slow" / "1"
    shutil.copytree(os.path.join(SLOW, "1"), version)
    write_warm_up(tmp_path / "slow", 300)
    return tmp_path / "slow"


def write_warm_up(base, count):
    """`count` requests, each of which takes some hundredths of a second."""
    log = prediction_log_pb2.PredictionLog(predict_log=prediction_log_pb2.PredictLog(request=slow_request(256)))
    os.makedirs(base / "1" / "assets.extra", exist_ok=True)
    (base / "1" / "assets.extra" / "tf_serving_warmup_requests").write_bytes(records.write([log] * count))


def flags(base, *more):
    return ["--model_name=slow", f"--model_base_path={base}", *more]


def is_open(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_requests_wait_for_the_first_load_of_their_model(base):
    with serving.Server(*flags(base)) as server:
        wait_until(lambda: is_open(server.port), "the port is open", 5, 0.001)
        wait_until(lambda: server.status("slow"), "the version is known", 5, 0.01)
        assert server.states("slow") == {1: LOADING}
        waiting = [
            server.predictions.Predict.future(slow_request(**spec), timeout=120) for spec in ({}, {"version": 1})
        ]
        metadata = server.predictions.GetModelMetadata.future(metadata_request("slow", "signature_def"), timeout=120)
        elsewhere = server.predictions.Predict.future(slow_request(version=2), timeout=120)
        code, text = refusal(lambda: server.predict(serving.half_plus_two()))
        assert code == grpc.StatusCode.NOT_FOUND, "a model that nobody has configured fails at once"
        assert text == "Servable not found for request: Latest(half_plus_two)"
        code, _ = refusal(lambda: server.predict(slow_request(), timeout=0.3))
        assert code == grpc.StatusCode.DEADLINE_EXCEEDED
        assert server.states("slow") == {1: LOADING} and not any(call.done() for call in waiting + [metadata, elsewhere])
        for call in waiting:
            assert call.result().model_spec.version.value == 1
        assert metadata.result().model_spec.version.value == 1
        assert elsewhere.code() == grpc.StatusCode.NOT_FOUND, "it waited for what will not come"
        assert elsewhere.details() == "Servable not found for request: Specific(slow, 2)"
        begin = time.monotonic()
        refusal(lambda: server.predict(slow_request(version=2)))
        assert time.monotonic() - begin < 20, "only the first load is waited for"


def test_ports_open_after_the_models_on_request(base):
    with serving.Server(*flags(base, "--wait_for_models")) as server:
        end = time.monotonic() + 1
        while time.monotonic() < end:
            assert not is_open(server.port)
            time.sleep(0.05)
        wait_until(lambda: is_open(server.port), "the port is open", 120)
        assert server.states("slow") == {1: serving.AVAILABLE}


def test_signal_during_the_first_load_ends_the_server(base):
    write_warm_up(base, 1000)
    server = serving.Server(*flags(base), "--drain_timeout_seconds=1")
    wait_until(lambda: server.status("slow"), "the version is known", 5, 0.01)
    waiting = server.predictions.Predict.future(slow_request(), timeout=60)
    time.sleep(0.3)
    server.terminate()
    server.expect_end(10)
    assert waiting.code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED), waiting.code()
    server.close(expect=0)


def test_model_that_cannot_be_loaded_lets_its_requests_go(tmp_path):
    version = tmp_path / "slow" / "1"
    shutil.copytree(os.path.join(SLOW, "1"), version)
    (version / "saved_model.pb").write_bytes(b"\xff" * 1000)
    os.utime(version / "saved_model.pb", (1, 1))
    with serving.Server("--model_name=slow", f"--model_base_path={tmp_path / 'slow'}") as server:
        code, text = refusal(lambda: server.predict(slow_request(), wait_for_ready=True))
        assert (code, text) == (grpc.StatusCode.NOT_FOUND, "Servable not found for request: Latest(slow)")
