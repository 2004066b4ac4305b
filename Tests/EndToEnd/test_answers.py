"""What answers tell beside their message, and how they are encoded: trailers, compression, tensor_content."""

import gzip
import socket
import subprocess
import threading
import zlib

import grpc
import numpy as np
import pytest

import serving
import wire
from serving import NAMES, array, content, half_plus_two, predict_request, refusal, typed
from test_inference import CLASSIFY, REGRESS, fill
from test_tensors import EDGES
from test_transport import slow
from tensorflow_serving.apis import classification_pb2, inference_pb2, predict_pb2, regression_pb2
from tensorflow_serving.apis import prediction_service_pb2_grpc

TIMINGS = "x-model-server-timings"
ENCODING = "x-model-server-tensor-encoding"
PREFIX = "x-model-server-"


def told(metadata):
    """The server's own trailers, without their common prefix."""
    return {name.removeprefix(PREFIX): value for name, value in metadata or () if name.startswith(PREFIX)}


def predict_and_told(server, request, *metadata):
    answer, call = server.predictions.Predict.with_call(request, timeout=120, metadata=metadata)
    return answer, told(call.trailing_metadata())


# Trailers


def test_answers_tell_nothing_unless_asked(server):
    assert predict_and_told(server, half_plus_two())[1] == {}
    assert predict_and_told(server, half_plus_two(), (TIMINGS, "0"))[1] == {}


def test_answers_tell_the_version_when_asked(server):
    answer, facts = predict_and_told(server, half_plus_two(), (TIMINGS, "1"))
    assert facts["model-version"] == str(answer.model_spec.version.value) == "1"
    assert set(facts) == {"model-version", "queue-micros", "compute-micros"}
    assert 0 <= int(facts["queue-micros"]) < 10_000_000 and 0 <= int(facts["compute-micros"]) < 10_000_000


def test_a_long_run_is_told_to_be_long(server):
    _, facts = predict_and_told(server, slow(300), (TIMINGS, "1"))
    assert int(facts["compute-micros"]) > 1000


def test_answers_of_batches_tell_their_size(tmp_path):
    base = (f"--model_base_path={serving.HALF_PLUS_TWO}", "--model_name=half_plus_two")
    parameters = tmp_path / "batching.txt"
    parameters.write_text("max_batch_size { value: 8 } batch_timeout_micros { value: 20000000 }")
    flags = (*base, "--enable_batching", f"--batching_parameters_file={parameters}", "--batch_scheduling=strict")
    with serving.Server(*flags, ready=["half_plus_two"]) as server:
        request = half_plus_two(values=(1.0, 2.0, 3.0, 4.0))
        calls = [
            server.predictions.Predict.future(request, timeout=120, metadata=[(TIMINGS, "1")]) for _ in range(2)
        ]
        for call in calls:
            assert list(call.result().outputs["y"].float_val) == [2.5, 3.0, 3.5, 4.0]
            facts = told(call.trailing_metadata())
            assert facts["batch-size"] == "8" and facts["model-version"] == "1"
            assert {"queue-micros", "compute-micros"} <= set(facts)


def test_calls_with_examples_tell_the_same():
    base = f"--model_base_path={serving.FIXTURES}/models/examples"
    rows = [{"x": 2.0}, {"x": 4.0}]
    tasks = inference_pb2.MultiInferenceRequest()
    for signature, method in [("regress", REGRESS), ("", CLASSIFY)]:
        task = tasks.tasks.add(method_name=method)
        task.model_spec.name, task.model_spec.signature_name = "examples", signature
    with serving.Server("--model_name=examples", base, ready=["examples"]) as server:
        for call, request in [
            (server.predictions.Classify, fill(classification_pb2.ClassificationRequest(), rows)),
            (server.predictions.Regress, fill(regression_pb2.RegressionRequest(), rows, "regress")),
            (server.predictions.MultiInference, fill(tasks, rows)),
        ]:
            assert told(call.with_call(request, timeout=120)[1].trailing_metadata()) == {}
            facts = told(call.with_call(request, timeout=120, metadata=[(TIMINGS, "1")])[1].trailing_metadata())
            assert facts["model-version"] == "1"
            assert {"queue-micros", "compute-micros"} <= set(facts)


def test_errors_tell_as_far_as_is_known(server):
    def facts_of(request):
        with pytest.raises(grpc.RpcError) as error:
            server.predict(request, metadata=[(TIMINGS, "1")])
        return told(error.value.trailing_metadata())

    assert facts_of(half_plus_two(signature="nothing"))["model-version"] == "1"
    assert facts_of(predict_request("half_plus_two", {"x": np.array([1], np.int32)}))["model-version"] == "1"
    assert facts_of(predict_request("nobody", {})) == {}


def test_a_flag_makes_all_answers_tell():
    base = f"--model_base_path={serving.HALF_PLUS_TWO}"
    with serving.Server(base, "--model_name=half_plus_two", "--report_timings", ready=["half_plus_two"]) as server:
        assert predict_and_told(server, half_plus_two())[1]["model-version"] == "1"
        assert predict_and_told(server, half_plus_two(), (TIMINGS, "0"))[1] == {}


@pytest.mark.parametrize("field, value, wanted", [
    (TIMINGS, "true", "0 or 1"), (TIMINGS, "", "0 or 1"), (ENCODING, "json", "typed or tensor_content"),
])
def test_what_has_no_meaning_is_refused(server, field, value, wanted):
    code, text = refusal(lambda: server.predict(half_plus_two(), metadata=[(field, value)]))
    assert code == grpc.StatusCode.INVALID_ARGUMENT and text == f"{field} must be {wanted}; was '{value}'"


# Tensors as the client wants them


def decoded(tensor, name):
    """The numpy array of a TensorProto, which must hold its elements in tensor_content."""
    kind, field = NAMES[name][1:]
    shape = [dim.size for dim in tensor.tensor_shape.dim]
    assert tensor.dtype == NAMES[name][0] and not getattr(tensor, field)
    data = tensor.tensor_content
    if name != "string":
        return np.frombuffer(data, kind).reshape(shape)
    count, lengths, place = int(np.prod(shape)), [], 0
    while len(lengths) < count:
        length = shift = 0
        while True:
            byte, place = data[place], place + 1
            length, shift = length | (byte & 127) << shift, shift + 7
            if byte < 128:
                break
        lengths.append(length)
    items = []
    for length in lengths:
        items.append(data[place:place + length])
        place += length
    assert place == len(data)
    return np.array(items + [None], object)[:-1].reshape(shape)


@pytest.mark.parametrize("name", NAMES)
def test_every_type_comes_as_tensor_content_when_asked(server, name):
    request = predict_request("echo", {"x": typed(EDGES[name], name)}, signature=name)
    plain = array(server.predict(request).outputs["y"])
    answer = server.predict(request, metadata=[(ENCODING, "tensor_content")])
    got = decoded(answer.outputs["y"], name)
    if name == "string":
        assert got.tolist() == plain.tolist() == EDGES[name].tolist()
    else:
        assert got.tobytes() == plain.tobytes() and got.shape == EDGES[name].shape
    # What came back is a request again.
    again = predict_request("echo", {"x": answer.outputs["y"]}, signature=name)
    assert server.predict(again).SerializeToString() == server.predict(request).SerializeToString()


def test_the_client_goes_before_the_flag():
    models = {"echo": f"{serving.FIXTURES}/models/echo"}
    flags = (f"--model_base_path={models['echo']}", "--model_name=echo", "--enable_serialization_as_tensor_content")
    request = predict_request("echo", {"x": np.array([1, 2, 3], np.int32)}, signature="int32")
    with serving.Server(*flags, ready=models) as server:
        assert decoded(server.predict(request).outputs["y"], "int32").tolist() == [1, 2, 3]
        answer = server.predict(request, metadata=[(ENCODING, "typed")])
        assert array(answer.outputs["y"]).tolist() == [1, 2, 3]


# Compression

LARGE = np.zeros([8000], np.float32)
ACCEPTING = "identity, deflate, gzip"


def ask(port, request, **headers):
    """(header fields, flag of the message, its bytes) of an answer, by hand."""
    body = wire.message(request.SerializeToString())
    with wire.Connection(port) as connection:
        fields, answer = connection.answer(connection.open(wire.request_headers(**headers), body))
    assert fields["grpc-status"] == "0", fields
    assert len(answer) == 5 + int.from_bytes(answer[1:5], "big")
    return fields, answer[0], answer[5:]


def values(data):
    return array(predict_pb2.PredictResponse.FromString(data).outputs["y"])


@pytest.mark.parametrize("encoding, unpack", [("gzip", gzip.decompress), ("deflate", zlib.decompress)])
def test_answers_are_compressed_like_the_request(server, encoding, unpack):
    request = predict_request("half_plus_two", {"x": LARGE})
    fields, flag, data = ask(server.port, request, grpc_encoding=encoding, grpc_accept_encoding=ACCEPTING)
    assert fields["grpc-encoding"] == encoding and flag == 1 and len(data) < 1000
    assert values(unpack(data)).tolist() == [2.0] * len(LARGE)


@pytest.mark.parametrize("headers", [
    {}, {"grpc_accept_encoding": ACCEPTING}, {"grpc_encoding": "gzip"},
    {"grpc_encoding": "gzip", "grpc_accept_encoding": "identity"},
    {"grpc_encoding": "gzip", "grpc_accept_encoding": "identity,deflate"},
    {"grpc_encoding": "identity", "grpc_accept_encoding": ACCEPTING},
])
def test_other_clients_get_answers_as_they_are(server, headers):
    fields, flag, data = ask(server.port, predict_request("half_plus_two", {"x": LARGE}), **headers)
    assert "grpc-encoding" not in fields and flag == 0
    assert values(data).tolist() == [2.0] * len(LARGE)


def test_answers_that_gain_nothing_are_sent_as_they_are(server):
    noise = np.random.default_rng(1).integers(-2**31, 2**31, 2000, np.int32).view(np.float32)
    noise[~np.isfinite(noise)] = 0
    for inputs, signature in [(np.zeros([3], np.float32), "float"), (noise, "float")]:
        request = predict_request("echo", {"x": inputs}, signature=signature)
        fields, flag, data = ask(server.port, request, grpc_encoding="gzip", grpc_accept_encoding=ACCEPTING)
        assert "grpc-encoding" not in fields and flag == 0
        assert values(data).tobytes() == inputs.tobytes()


class Meter:
    """Forwards one connection to a port and counts what comes back."""

    def __init__(self, port):
        self.target, self.received = port, 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        client, _ = self.listener.accept()
        server = socket.create_connection(("127.0.0.1", self.target))
        threading.Thread(target=self._pump, args=(client, server, False), daemon=True).start()
        self._pump(server, client, True)

    def _pump(self, source, target, counts):
        try:
            while data := source.recv(65536):
                self.received += len(data) if counts else 0
                target.sendall(data)
        except OSError:
            pass
        for end in (source, target):
            end.close()


@pytest.mark.parametrize("compression", [grpc.Compression.Gzip, grpc.Compression.Deflate])
@pytest.mark.parametrize("size", [100_000, 3_000_000])
def test_grpcio_gets_less_on_the_wire(server, compression, size):
    request = predict_request("half_plus_two", {"x": np.zeros([size], np.float32)})
    meter = Meter(server.port)
    with grpc.insecure_channel(f"127.0.0.1:{meter.port}", options=serving.UNLIMITED) as channel:
        stub = prediction_service_pb2_grpc.PredictionServiceStub(channel)
        for options, least, most in [({}, 4 * size, 5 * size), ({"compression": compression}, 100, size // 2)]:
            before = meter.received
            answer = stub.Predict(request, timeout=120, **options)
            assert (array(answer.outputs["y"]) == 2).all()
            assert least <= meter.received - before <= most, options


@pytest.mark.parametrize("flags, headers, wanted", [
    (["--grpc_response_compression=never"], {"grpc_encoding": "gzip", "grpc_accept_encoding": ACCEPTING}, None),
    (["--grpc_response_compression=always"], {"grpc_accept_encoding": ACCEPTING}, "gzip"),
    (["--grpc_response_compression=always"], {"grpc_accept_encoding": "deflate"}, "deflate"),
    (["--grpc_response_compression=always"], {}, None),
    (["--grpc_channel_arguments=grpc.default_compression_algorithm=2"], {"grpc_accept_encoding": ACCEPTING}, "gzip"),
    (["--grpc_channel_arguments=grpc.default_compression_algorithm=1"], {"grpc_accept_encoding": ACCEPTING}, "deflate"),
    (["--grpc_channel_arguments=grpc.default_compression_level=3"], {"grpc_accept_encoding": ACCEPTING}, "deflate"),
    (["--grpc_channel_arguments=grpc.default_compression_algorithm=2"], {}, None),
])
def test_settings_decide_whose_answers_are_compressed(flags, headers, wanted):
    base = f"--model_base_path={serving.HALF_PLUS_TWO}"
    with serving.Server(base, "--model_name=half_plus_two", *flags, ready=["half_plus_two"]) as server:
        fields, flag, data = ask(server.port, predict_request("half_plus_two", {"x": LARGE}), **headers)
        assert fields.get("grpc-encoding") == wanted and flag == (wanted is not None)
        unpack = {"gzip": gzip.decompress, "deflate": zlib.decompress, None: bytes}[wanted]
        assert values(unpack(data)).tolist() == [2.0] * len(LARGE)
        # grpcio says that it accepts both, and must read the answer.
        assert array(server.predict(predict_request("half_plus_two", {"x": LARGE})).outputs["y"])[0] == 2


def test_an_unknown_setting_is_named(tmp_path):
    flags = ["--model_name=m", f"--model_base_path={tmp_path}", "--grpc_response_compression=sometimes"]
    run = subprocess.run([serving.BINARY, *flags], capture_output=True, text=True, timeout=120)
    assert run.returncode != 0
    assert "--grpc_response_compression must be one of never, mirror, always; was 'sometimes'" in run.stdout + run.stderr
