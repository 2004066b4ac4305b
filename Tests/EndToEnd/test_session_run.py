"""SessionRun: any part of a graph, with the answers and the errors of TensorFlow's own sessions."""

import concurrent.futures
import json
import os
import random
import time

import grpc
import numpy as np
import pytest
from tensorflow_serving.apis import session_service_pb2

import serving
from serving import refusal

RUNS = os.path.join(serving.ROOT, "Tests", "Fixtures", "SessionRuns")
METHOD = "/tensorflow.serving.SessionService/SessionRun"
FLAG = "--enable_session_run"
CODES = {code.value[0]: code for code in grpc.StatusCode}
INVALID = grpc.StatusCode.INVALID_ARGUMENT
DENIED = grpc.StatusCode.PERMISSION_DENIED
UNIMPLEMENTED = grpc.StatusCode.UNIMPLEMENTED
X = np.array([[1, 1]], np.float32)
TYPES = {"float32": "float", "float64": "double"}

with open(os.path.join(RUNS, "runs.json")) as file:
    RECORDED = json.load(file)


def start(*flags, **models):
    if not models:
        models = {name: os.path.join(RUNS, name) for name in RECORDED}
    folder = serving.tempfile.mkdtemp(prefix="session-")
    path = serving.config(os.path.join(folder, "models.config"), models)
    return serving.Server(f"--model_config_file={path}", FLAG, *flags, ready=models)


@pytest.fixture
def sessions():
    """A server of the recorded models as they were saved."""
    with start() as server:
        yield server
        assert server.alive


@pytest.fixture(scope="module")
def reading():
    """A server that no test changes."""
    base = os.path.join(serving.FIXTURES, "models")
    models = {name: os.path.join(RUNS, name) for name in RECORDED}
    with start(**models, **{name: os.path.join(base, name) for name in ("slow", "partly")}) as server:
        yield server


def request(model, fetches=(), feeds=None, targets=(), **fields):
    made = session_service_pb2.SessionRunRequest(fetch=fetches, target=targets, **fields)
    made.model_spec.name = model
    for name, value in (feeds or {}).items():
        named = made.feed.add(name=name)
        named.tensor.CopyFrom(value if hasattr(value, "tensor_shape") else serving.typed(value))
    return made


def send(server, message, timeout=120, **options):
    call = server.channel.unary_unary(
        METHOD,
        request_serializer=lambda m: m if isinstance(m, bytes) else m.SerializeToString(),
        response_deserializer=session_service_pb2.SessionRunResponse.FromString,
    )
    return call(message, timeout=timeout, **options)


def run(server, *arguments, **fields):
    """The values of the fetched tensors."""
    message = request(*arguments, **fields)
    answer = send(server, message)
    assert [named.name for named in answer.tensor] == list(message.fetch)
    return [serving.array(named.tensor) for named in answer.tensor]


def refused(server, *arguments, **fields):
    return refusal(lambda: send(server, request(*arguments, **fields)))


def tensor(described):
    """The TensorProto of a recorded value."""
    name, shape, values = described
    if name == "string":
        return serving.typed(np.array([v.encode("latin-1") for v in values] + [None], object)[:-1].reshape(shape), "string")
    return serving.typed(np.array(values, name).reshape(shape), TYPES.get(name, name))


def predict(server, values=X, model="graph"):
    answer = server.predict(serving.predict_request(model, {"in" if model == "graph" else "x": np.array(values, np.float32)}))
    return serving.array(answer.outputs["out" if model == "graph" else "y"]).tolist()


# ---- TensorFlow's answers


def innermost(text):
    """The text of an error with the node that failed, without the conditional around it, which is named here, too."""
    return "\n\t [[".join(text.split("\n\t [[")[:2])


@pytest.mark.parametrize("model", RECORDED)
def test_every_run_ends_as_in_a_session_of_tensorflow(sessions, model):
    wrong = []
    for one in RECORDED[model]:
        feeds = {name: tensor(value) for name, value in one["feeds"].items()}
        message = request(model, one["fetches"], feeds, one["targets"])
        try:
            answer = send(sessions, message)
            got = {"answer": [value.tensor for value in answer.tensor]}
            assert [value.name for value in answer.tensor] == one["fetches"]
        except grpc.RpcError as error:
            got = {"error": [error.code().value[0], innermost(error.details())]}
        expected = {"error": one["error"]} if "error" in one else {"answer": [tensor(value) for value in one["answer"]]}
        if got != expected:
            wrong.append((one, got))
    assert not wrong, "\n".join(f"{one}\n  -> {got}" for one, got in wrong)


# ---- The service


def test_without_the_flag_there_is_no_such_service(server):
    assert refusal(lambda: send(server, request("half_plus_two", ["y:0"]))) == (UNIMPLEMENTED, "")


def test_answer_names_the_model_and_its_version(reading):
    answer = send(reading, request("graph", ["pair"]))
    assert (answer.model_spec.name, answer.model_spec.version.value) == ("graph", 1)
    assert not answer.HasField("metadata")


def test_reflection_lists_the_service(reading):
    from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

    database = ProtoReflectionDescriptorDatabase(reading.channel)
    assert "tensorflow.serving.SessionService" in database.get_services()


def test_tensor_content_when_the_server_is_told_to():
    with start("--enable_serialization_as_tensor_content") as server:
        (named,) = send(server, request("graph", ["pair"])).tensor
        assert named.tensor.tensor_content == np.array([1, 2], np.int32).tobytes()


def test_model_spec_is_resolved_as_in_predict(reading):
    assert refused(reading, "nobody", ["pair"]) == (
        grpc.StatusCode.NOT_FOUND, "Servable not found for request: Latest(nobody)")
    message = request("graph", ["pair"])
    message.model_spec.version.value = 7
    assert refusal(lambda: send(reading, message)) == (
        grpc.StatusCode.NOT_FOUND, "Servable not found for request: Specific(graph, 7)")
    message.model_spec.version.value = 1
    assert send(reading, message).tensor[0].name == "pair"
    assert refusal(lambda: send(reading, session_service_pb2.SessionRunRequest(fetch=["pair"]))) == (
        INVALID, "Missing ModelSpec")


def test_aliases_of_a_signature(reading):
    answer = send(reading, request("graph", ["out"], {"in": X}, tensor_name_is_alias=True))
    assert answer.tensor[0].name == "out"
    assert serving.array(answer.tensor[0].tensor).tolist() == [[4, 6]]
    code, text = refused(reading, "graph", ["out", "y:0"], {"in": X}, tensor_name_is_alias=True)
    assert (code, text) == (
        INVALID, 'fetch alias not found in signature "serving_default": y:0. Aliases expected to be in the set {in,out}.')
    message = request("graph", ["step"], tensor_name_is_alias=True)
    message.model_spec.signature_name = "steps"
    answer = send(reading, message)
    assert serving.array(answer.tensor[0].tensor).tolist() == 5
    assert answer.model_spec.signature_name == "steps"
    message.model_spec.signature_name = "nothing"
    assert refusal(lambda: send(reading, message)) == (
        grpc.StatusCode.FAILED_PRECONDITION, 'Serving signature key "nothing" not found.')


def test_values_that_are_none(reading):
    message = request("graph", ["y"])
    message.feed.add(name="x")
    assert refusal(lambda: send(reading, message)) == (INVALID, "tensor parsing error: x")
    short = serving.content(X)
    short.tensor_content = short.tensor_content[:-1]
    assert refused(reading, "graph", ["y"], {"x": short}) == (INVALID, "tensor parsing error: x")


def test_handles_are_not_written(reading):
    code, text = refused(reading, "module", ["w:0"])
    assert code == UNIMPLEMENTED and text == "w:0: a tensor of type resource cannot be written into a message"


def test_tensorflow_lite_models_have_no_graph_of_their_own(tmp_path):
    folder = tmp_path / "lite" / "1"
    folder.mkdir(parents=True)
    with open(os.path.join(serving.ROOT, "Tests", "Fixtures", "TFLite", "dense.tflite"), "rb") as file:
        (folder / "model.tflite").write_bytes(file.read())
    with start("--prefer_tflite_model", lite=str(folder.parent)) as server:
        code, text = refused(server, "lite", ["x"])
        assert code == UNIMPLEMENTED
        assert "needs the graph of a SavedModel" in text and "lite" in text


# ---- Files


@pytest.mark.parametrize(
    "fetches, feeds, targets, op, node",
    [
        (["content"], {"path": np.array(b"/etc/passwd", object)}, [], "ReadFile", "content"),
        ([], {}, ["save/restore_all"], "RestoreV2", "save/RestoreV2"),
        (["save/RestoreV2:0"], {"save/Const:0": np.array(b"/etc/passwd", object)}, [], "RestoreV2", "save/RestoreV2"),
        (["save/control_dependency"], {"save/Const:0": np.array(b"/tmp/x", object)}, [], "SaveV2", "save/SaveV2"),
    ],
)
def test_ops_that_touch_files_are_refused(reading, fetches, feeds, targets, op, node):
    code, text = refused(reading, "graph", fetches, feeds, targets)
    assert code == DENIED
    assert text == f"SessionRun does not run ops that read or write files: {op}\n\t [[{{{{node {node}}}}}]]"


def test_files_behind_functions_are_refused(reading):
    for target in ("StatefulPartitionedCall_4", "StatefulPartitionedCall_5"):
        code, text = refused(reading, "module", [], {"saver_filename:0": np.array(b"/tmp/x", object)}, [target])
        assert code == DENIED and "{{function_node " in text, text


# ---- Ops that the server lacks


def test_other_parts_of_a_graph_with_unknown_ops_run(reading):
    from tensorflow_serving.apis import get_model_metadata_pb2

    answer = reading.metadata(serving.metadata_request("partly", "signature_def"))
    signatures = get_model_metadata_pb2.SignatureDefMap()
    answer.metadata["signature_def"].Unpack(signatures)
    good, bad = signatures.signature_def["serving_default"], signatures.signature_def["oracle"]
    feeds = {port.name: np.array([1, 2], np.float32) for port in good.inputs.values()}
    (value,) = run(reading, "partly", [port.name for port in good.outputs.values()], feeds)
    assert value.tolist() == [2, 3]
    feeds = {port.name: np.array([1, 2], np.float32) for port in bad.inputs.values()}
    code, text = refused(reading, "partly", [port.name for port in bad.outputs.values()], feeds)
    assert code == UNIMPLEMENTED
    assert "Ops of this model that are not supported" in text


# ---- Variables


def test_signatures_and_sessions_see_the_same_values(sessions):
    assert predict(sessions) == [[4, 6]]
    run(sessions, "graph", [], {}, ["run_double"])
    assert predict(sessions) == [[8, 12]]
    for factor in range(3):
        run(sessions, "graph", [], {"mul:0": np.full([2, 2], factor, np.float32)}, ["double"])
        assert predict(sessions) == [[2 * factor, 2 * factor]]
        assert run(sessions, "graph", ["y"], {"x": X})[0].tolist() == [[2 * factor, 2 * factor]]


def test_batches_see_the_same_values_too():
    with start("--enable_batching") as server:
        for factor in range(1, 4):
            run(server, "graph", [], {"mul:0": np.full([2, 2], factor, np.float32)}, ["double"])
            with concurrent.futures.ThreadPoolExecutor(8) as pool:
                answers = list(pool.map(lambda _: predict(server), range(40)))
            assert all(answer == [[2 * factor, 2 * factor]] for answer in answers)


def test_what_signatures_change_sessions_see(sessions):
    for total in (2, 4, 6):
        answer = sessions.predict(serving.predict_request("module", {"by": np.int64(2)}, signature="increase"))
        assert serving.array(answer.outputs["count"]).tolist() == total
        assert run(sessions, "module", ["count/Read/ReadVariableOp"])[0].tolist() == total
    assert predict(sessions, model="module") == [[4, 6]]


def test_writers_and_readers_at_the_same_time(sessions):
    """Each value that anybody sees is one that was written, and the last write stays."""

    def write(value):
        run(sessions, "graph", [], {"mul:0": np.full([2, 2], value, np.float32)}, ["double"])

    def read(_):
        return predict(sessions)[0] + run(sessions, "graph", ["y"], {"x": X})[0].tolist()[0]

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        writes = [pool.submit(write, value) for value in range(40)]
        rows = list(pool.map(read, range(120)))
        for one in writes:
            one.result()
    allowed = {2.0 * value for value in range(40)} | {4.0, 6.0}
    assert all(set(row) <= allowed for row in rows)
    write(100)
    assert predict(sessions) == [[200, 200]]


def test_counting_by_many_clients_loses_nothing(sessions):
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: run(sessions, "graph", [], {}, ["bump"]), range(200)))
    assert run(sessions, "graph", ["step_value"])[0].tolist() == 205


# ---- Limits


def test_the_sooner_of_both_deadlines_counts(reading):
    from tensorflow.core.protobuf import config_pb2

    feeds = {"side:0": np.int32(1200)}
    (fetch,) = [port for port in outputs(reading, "slow", "serving_default")]
    options = config_pb2.RunOptions(timeout_in_ms=1)
    begin = time.monotonic()
    assert refused(reading, "slow", [fetch], feeds, options=options) == (
        grpc.StatusCode.DEADLINE_EXCEEDED, "Timed out waiting for notification")
    assert time.monotonic() - begin < 20
    late = request("slow", [fetch], feeds, options=config_pb2.RunOptions(timeout_in_ms=10**15))
    assert refusal(lambda: send(reading, late, timeout=0.05))[0] == grpc.StatusCode.DEADLINE_EXCEEDED
    assert run(reading, "slow", [fetch], {"side:0": np.int32(2)}, options=config_pb2.RunOptions(timeout_in_ms=-5))


def outputs(server, model, signature):
    from tensorflow_serving.apis import get_model_metadata_pb2

    answer = server.metadata(serving.metadata_request(model, "signature_def"))
    signatures = get_model_metadata_pb2.SignatureDefMap()
    answer.metadata["signature_def"].Unpack(signatures)
    return [port.name for port in signatures.signature_def[signature].outputs.values()]


def test_there_is_one_pool_of_threads(reading):
    from tensorflow.core.protobuf import config_pb2

    for number in (-1, 0):
        assert run(reading, "graph", ["pair"], options=config_pb2.RunOptions(inter_op_thread_pool=number))
    for number in (-2, 1, 3):
        assert refused(reading, "graph", ["pair"], options=config_pb2.RunOptions(inter_op_thread_pool=number)) == (
            INVALID, f"Invalid inter_op_thread_pool: {number}")


def test_ever_new_programs_do_not_fill_the_memory(reading):
    """Each pair of tensors is a program of its own; few of them are kept."""
    tensors = ["pair", "front", "size", "step_value", "w", "w/read", "mul", "mul/y", "limit", "zero", "turns", "other_value"]
    before = None
    for turn in range(8):
        for one in tensors:
            for other in tensors:
                assert len(run(reading, "graph", [one, other])) == 2
        if turn == 1:
            before = reading.memory()
    assert reading.memory() < before + (48 << 20)


def test_many_clients_with_new_programs_are_all_answered(sessions):
    tensors = ["pair", "front", "size", "step_value", "w", "mul", "limit", "zero", "turns", "other_value"]

    def ask(seed):
        names = random.Random(seed).sample(tensors, 4)
        return len(run(sessions, "graph", names))

    with concurrent.futures.ThreadPoolExecutor(24) as pool:
        assert set(pool.map(ask, range(300))) == {4}


def test_the_same_tensor_very_often(reading):
    values = run(reading, "graph", ["pair"] * 5000)
    assert len(values) == 5000 and all(value.tolist() == [1, 2] for value in values)


def test_hostile_names_and_messages(reading):
    """Whatever comes: an answer or an error of the caller's, and the server lives."""
    source = random.Random(7)
    known = ["x", "y", "w", "parts", "bump", "save/RestoreV2", "choice/Merge", "loop/Switch", "loop/add", "loop/Enter",
             "unset", "hash_table", "step", "positive/AssertGuard/Assert", "choice/Switch", "loop/NextIteration", "tables"]
    strange = ["", ":", "::", "^", "^^x", ":0", "x:", "x:-0", "x:+1", "x:2147483648", "x:4294967295", "\u00e9:0", "a" * 70000,
               "x:0x1", "_arg_x_0_0", "_retval_y_0_0", "_SOURCE", "_SINK", "x:000000000000000000000000000000000000000", "\n"]
    allowed = {INVALID, DENIED, UNIMPLEMENTED, grpc.StatusCode.OUT_OF_RANGE, grpc.StatusCode.NOT_FOUND,
               grpc.StatusCode.FAILED_PRECONDITION, grpc.StatusCode.INTERNAL}

    def name():
        base = source.choice(known + strange)
        return base + source.choice(["", "", ":0", ":1", ":2", ":99"]) if source.random() < 0.9 else "^" + base

    def value():
        kind = source.choice([np.float32, np.int64, np.bool_, np.float64])
        return np.zeros(source.choice([[], [0], [2, 2], [1, 2], [3]]), kind)

    for _ in range(400):
        feeds = {name(): value() for _ in range(source.randrange(3))}
        message = request(
            "graph", [name() for _ in range(source.randrange(4))], feeds, [name() for _ in range(source.randrange(3))])
        packed = bytearray(message.SerializeToString())
        if source.random() < 0.3:
            for _ in range(source.randrange(1, 4)):
                packed[source.randrange(len(packed))] = source.randrange(256)
        try:
            send(reading, bytes(packed))
        except grpc.RpcError as error:
            assert error.code() in allowed, (error.code(), error.details(), message)
    assert reading.alive
