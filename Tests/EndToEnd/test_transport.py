"""gRPC as clients use it: large tensors, many calls, compression, deadlines, cancellation, sockets."""

import concurrent.futures
import os
import time

import grpc
import numpy as np
import pytest
from tensorflow_serving.apis import prediction_service_pb2_grpc

import serving
import wire
from serving import array, content, half_plus_two, predict_request, refusal, typed

MIB = 1 << 20


def slow(side):
    return predict_request("slow", {"side": np.int32(side).reshape(())})


def floats(mebibytes):
    return np.random.RandomState(1).uniform(-1, 1, mebibytes * MIB // 4).astype(np.float32)


# Sizes


@pytest.mark.parametrize("encode", [content, typed])
@pytest.mark.parametrize("mebibytes", [5, 16])
def test_large_tensors_travel_both_ways(server, encode, mebibytes):
    values = floats(mebibytes)
    answer = server.predict(predict_request("echo", {"x": encode(values)}, signature="float"), timeout=120)
    tensor = answer.outputs["y"]
    assert np.array_equal(np.frombuffer(np.fromiter(tensor.float_val, np.float32, len(tensor.float_val))), values.view(float))


def test_several_large_tensors_travel_at_once(server):
    values = floats(16)
    request = predict_request("echo", {"x": values}, signature="float")
    calls = [server.predictions.Predict.future(request, timeout=120) for _ in range(6)]
    for call in calls:
        assert len(call.result().outputs["y"].float_val) == values.size


def test_client_with_the_default_limit_is_told_that_the_answer_is_too_large(server):
    with grpc.insecure_channel(f"127.0.0.1:{server.port}", options=[("grpc.max_send_message_length", -1)]) as channel:
        service = prediction_service_pb2_grpc.PredictionServiceStub(channel)
        code, _ = refusal(lambda: service.Predict(predict_request("echo", {"x": floats(5)}, signature="float"), timeout=120))
        assert code == grpc.StatusCode.RESOURCE_EXHAUSTED
        assert len(service.Predict(half_plus_two(), timeout=120).outputs["y"].float_val) == 3


# Many calls


def test_two_hundred_concurrent_calls_each_get_their_own_answer(server):
    def request(number):
        return predict_request("echo", {"x": np.full([257], number, np.float32)}, signature="float")

    calls = [server.predictions.Predict.future(request(number), timeout=120) for number in range(200)]
    for number, call in enumerate(calls):
        assert set(call.result().outputs["y"].float_val) == {float(number)}


def test_calls_over_many_connections(server):
    def one(number):
        options = [("grpc.use_local_subchannel_pool", 1)]
        with grpc.insecure_channel(f"127.0.0.1:{server.port}", options=options) as channel:
            service = prediction_service_pb2_grpc.PredictionServiceStub(channel)
            return [list(service.Predict(half_plus_two([n]), timeout=120).outputs["y"].float_val)[0] for n in (number, -number)]

    with concurrent.futures.ThreadPoolExecutor(50) as pool:
        assert list(pool.map(one, range(100))) == [[n / 2 + 2, -n / 2 + 2] for n in range(100)]


# Encodings


@pytest.mark.parametrize("compression", [grpc.Compression.Gzip, grpc.Compression.Deflate, grpc.Compression.NoCompression])
@pytest.mark.parametrize("size", [3, 100_000])
def test_compressed_requests_are_understood(server, compression, size):
    values = np.zeros([size], np.float32)
    answer = server.predict(predict_request("half_plus_two", {"x": values}), compression=compression)
    assert array(answer.outputs["y"]).tolist() == [2.0] * size


# Deadlines and cancellation


def test_deadline_ends_the_call_in_time(server):
    start = time.monotonic()
    code, _ = refusal(lambda: server.predict(slow(2500), timeout=0.4))
    assert code == grpc.StatusCode.DEADLINE_EXCEEDED and time.monotonic() - start < 10


def test_server_says_itself_that_the_deadline_passed(server):
    # A client by hand, because grpcio would give up by its own clock first.
    body = wire.message(slow(2500).SerializeToString())
    with wire.Connection(server.port) as connection:
        start = time.monotonic()
        fields, _ = connection.answer(connection.open(wire.request_headers(grpc_timeout="300m"), body))
        assert (fields["grpc-status"], fields["grpc-message"]) == ("4", "Timed out waiting for notification")
        assert 0.25 < time.monotonic() - start < 20


@pytest.fixture
def stops_early(server):
    """At the end of the test, expects a call of slow(2500) that was broken off to have cost far less than a whole one."""
    before = server.processor_seconds()
    server.predict(slow(1000))
    whole = 2.5**3 * (server.processor_seconds() - before)
    before = server.processor_seconds()
    yield

    def idle():
        earlier = server.processor_seconds()
        time.sleep(0.4)
        return server.processor_seconds() - earlier < 0.1

    serving.wait_until(idle, "the server is idle", seconds=60)
    spent = server.processor_seconds() - before
    assert spent < whole / 2, f"the call was broken off early and yet took {spent} of some {whole} processor seconds"


def test_expired_work_stops(server, stops_early):
    refusal(lambda: server.predict(slow(2500), timeout=0.3))


def test_cancelled_work_stops_and_others_are_answered(server, stops_early):
    call = server.predictions.Predict.future(slow(2500), timeout=120)
    time.sleep(0.3)
    call.cancel()
    assert list(server.predict(half_plus_two()).outputs["y"].float_val) == [2.5, 3.0, 4.5]


def test_work_of_a_vanished_client_stops(server, stops_early):
    channel = grpc.insecure_channel(f"127.0.0.1:{server.port}", options=[("grpc.use_local_subchannel_pool", 1)])
    service = prediction_service_pb2_grpc.PredictionServiceStub(channel)
    service.Predict.future(slow(2500), timeout=120)
    time.sleep(0.5)
    channel.close()


def test_quick_calls_pass_a_slow_one(server):
    call = server.predictions.Predict.future(slow(1200), timeout=120)
    for _ in range(20):
        server.predict(half_plus_two())
    assert not call.done(), "the slow call was too quick for this test"
    np.testing.assert_allclose(call.result().outputs["mean"].float_val, [1.0], rtol=1e-3)


# Methods


@pytest.mark.parametrize(
    "path",
    [
        "/tensorflow.serving.PredictionService/PredictStreamed",
        "/tensorflow.serving.PredictionService/",
        "/tensorflow.serving.SessionService/SessionRun",
        "/nobody/Knows",
    ],
)
def test_unknown_method_is_unimplemented(server, path):
    method = server.channel.unary_unary(path)
    code, text = refusal(lambda: method(b"", timeout=120))
    assert (code, text) == (grpc.StatusCode.UNIMPLEMENTED, "")


# Sockets


def test_unix_socket_serves_the_same(tmp_path):
    path = tmp_path / "grpc.sock"
    flags = ["--model_name=half_plus_two", f"--model_base_path={serving.HALF_PLUS_TWO}", f"--grpc_socket_path={path}"]
    with serving.Server(*flags, ready=["half_plus_two"]) as server:
        with grpc.insecure_channel(f"unix:{path}") as channel:
            service = prediction_service_pb2_grpc.PredictionServiceStub(channel)
            assert list(service.Predict(half_plus_two(), timeout=120).outputs["y"].float_val) == [2.5, 3.0, 4.5]
        assert list(server.predict(half_plus_two()).outputs["y"].float_val) == [2.5, 3.0, 4.5]


def test_unix_socket_takes_a_stale_path_over(tmp_path):
    path = tmp_path / "grpc.sock"
    import socket

    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(str(path))
    assert os.path.exists(path)
    flags = ["--model_name=half_plus_two", f"--model_base_path={serving.HALF_PLUS_TWO}", f"--grpc_socket_path={path}"]
    with serving.Server(*flags, port=0) as server:
        with grpc.insecure_channel(f"unix:{path}") as channel:
            service = prediction_service_pb2_grpc.PredictionServiceStub(channel)
            call = service.Predict.future(half_plus_two(), wait_for_ready=True, timeout=120)
            assert list(call.result().outputs["y"].float_val) == [2.5, 3.0, 4.5]
        assert server.alive
