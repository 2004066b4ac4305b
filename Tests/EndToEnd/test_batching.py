"""Requests that are run together: each parameter, each error text, and that nobody pays for a neighbour."""

import os
import shutil
import subprocess
import time

import grpc
import numpy as np
import pytest

from tensorflow_serving.apis import classification_pb2, regression_pb2

import serving
import test_inference
from serving import array, predict_request, refusal

MODELS = os.path.join(serving.FIXTURES, "models")
BATCHES = os.path.join(MODELS, "batches")
TIMINGS = [("x-model-server-timings", "1")]
INVALID, UNAVAILABLE = grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.UNAVAILABLE
FAILED, EXHAUSTED = grpc.StatusCode.FAILED_PRECONDITION, grpc.StatusCode.RESOURCE_EXHAUSTED
FULL = "The batch scheduling queue to which this task was submitted is full; "
# Longer than any test: nothing runs because this time is over.
LONG = "batch_timeout_micros { value: 3000000000 }"


def write(path, text):
    with open(path, "w") as file:
        file.write(text)
    return path


def text_of(**parameters):
    return " ".join(f"{name} {{ value: {value} }}" for name, value in parameters.items())


@pytest.fixture
def start(tmp_path):
    """Starts a server with batching on: start(parameters as text, flags..., models={name: base path})."""

    def start(parameters="", *flags, models=None):
        models = models or {"batches": BATCHES}
        path = serving.config(tmp_path / "models.config", models)
        file = write(tmp_path / "batching.txt", parameters)
        return serving.Server(
            f"--model_config_file={path}", "--enable_batching", f"--batching_parameters_file={file}", *flags,
            ready=models)

    return start


STRICT = "--batch_scheduling=strict"


def rows(*values, **spec):
    """A request with one row for each of `values`."""
    return predict_request("batches", {"x": np.array(values, np.float32).reshape(len(values), -1)}, "rows", **spec)


def patient(turns):
    """A request that takes as long as its one row says: some ten thousand turns a second."""
    return predict_request("batches", {"turns": np.array([turns], np.int32)}, "patient")


def send(server, request, timeout=120):
    return server.predictions.Predict.future(request, timeout=timeout, metadata=TIMINGS)


def told(call):
    return {name.removeprefix("x-model-server-"): value for name, value in call.trailing_metadata()}


def batch_size(call):
    """The rows of the batch that answered; None if the request was not batched."""
    size = told(call).get("batch-size")
    return size and int(size)


def outcome(call):
    """The code of a call that has ended, or will."""
    try:
        error = call.exception()
    except grpc.FutureCancelledError:
        return grpc.StatusCode.CANCELLED
    return grpc.StatusCode.OK if error is None else error.code() if isinstance(error, grpc.RpcError) else None


# What a batch is


def test_requests_share_a_batch_and_get_their_own_rows(start):
    with start(text_of(max_batch_size=6) + LONG, STRICT) as server:
        assert "Batching is on: strict scheduling" in server.log
        calls = [send(server, rows(*[[n * 10 + r, -n] for r in range(n)])) for n in (1, 2, 3)]
        for n, call in zip((1, 2, 3), calls):
            answer = call.result()
            expected = np.array([[n * 10 + r, -n] for r in range(n)], np.float32)
            np.testing.assert_array_equal(array(answer.outputs["twice"]), expected * 2)
            np.testing.assert_array_equal(array(answer.outputs["successor"]), expected + 1)
            assert batch_size(call) == 6


def test_a_lone_request_does_not_wait_for_the_timeout(start):
    with start(LONG) as server:
        assert "Batching is on: adaptive scheduling" in server.log
        for _ in range(40):
            call = send(server, rows(1, 2), timeout=120)
            np.testing.assert_array_equal(array(call.result().outputs["twice"]), [[2], [4]])


def test_strict_scheduling_waits_for_the_timeout(start):
    with start("batch_timeout_micros { value: 300000 }", STRICT) as server:
        call = send(server, rows(1))
        call.result()
        assert int(told(call)["queue-micros"]) >= 290_000 and batch_size(call) == 1


def test_shapes_and_types_never_mix(start):
    with start(text_of(max_batch_size=2) + LONG, STRICT) as server:
        narrow = [send(server, rows([n])) for n in (1, 2)]
        wide = [send(server, rows([n, n])) for n in (1, 2)]
        wrong = [send(server, predict_request("batches", {"x": np.array([[1]], np.int32)}, "rows")) for _ in range(3)]
        assert [call.result().outputs["twice"].tensor_shape.dim[1].size for call in narrow + wide] == [1, 1, 2, 2]
        assert [batch_size(call) for call in narrow + wide] == [2] * 4
        for call in wrong:
            assert call.exception().details() == "Expects arg[0] to be float but int32 is provided"


def test_variable_lengths_are_padded_with_the_first_element(start):
    with start(text_of(max_batch_size=2) + LONG + "pad_variable_length_inputs: true", STRICT) as server:
        short, long = send(server, rows([3, 1])), send(server, rows([1, 2, 4]))
        np.testing.assert_array_equal(array(short.result().outputs["twice"]), [[6, 2, 6]])
        np.testing.assert_array_equal(array(long.result().outputs["twice"]), [[2, 4, 8]])
        assert batch_size(short) == batch_size(long) == 2
        words = [np.array([[b"a", b"b"]], object), np.array([[b"c"]], object)]
        calls = [send(server, predict_request("batches", {"text": text}, "words")) for text in words]
        loud = [array(call.result().outputs["loud"]).tolist() for call in calls]
        assert loud == [[[b"a!", b"b!"]], [[b"c!", b"c!"]]]


def test_outputs_are_cut_back_after_padding_to_an_allowed_size(start):
    with start(text_of(max_batch_size=8) + "batch_timeout_micros { value: 1000 } allowed_batch_sizes: [4, 8]") as server:
        for count in (1, 3, 4, 5, 8):
            call = send(server, rows(*range(count)))
            np.testing.assert_array_equal(array(call.result().outputs["twice"])[:, 0], 2 * np.arange(count))


def test_a_large_request_is_split_and_rejoined_in_order(start):
    parameters = text_of(
        max_batch_size=50, enable_large_batch_splitting="true", max_execution_batch_size=4, max_enqueued_batches=100)
    with start(parameters + "batch_timeout_micros { value: 1000 }") as server:
        calls = [(count, send(server, rows(*range(count)))) for count in (1, 4, 5, 27, 50, 3)]
        for count, call in calls:
            np.testing.assert_array_equal(array(call.result().outputs["twice"])[:, 0], 2 * np.arange(count))
            assert batch_size(call) <= 4 or count > 4
        code, details = refusal(lambda: server.predict(rows(*range(51))))
        assert (code, details) == (INVALID, "Task size 51 is larger than maximum input batch size 50")


def test_filters_have_queues_of_their_own(start):
    with start(text_of(max_batch_size=2) + LONG, STRICT) as server:
        filters = [["twice"], ["successor"], ["successor", "twice"], []]
        calls = [(f, v, send(server, rows(v, outputs=f))) for v in (1.0, 2.0) for f in filters]
        for wanted, value, call in calls:
            outputs = call.result().outputs
            expected = {"twice": 2 * value, "successor": value + 1}
            assert set(outputs) == set(wanted or expected) and batch_size(call) == 2
            for alias in outputs:
                np.testing.assert_array_equal(array(outputs[alias]), [[expected[alias]]])
        # More different filters than queues are kept; refused ones make none.
        assert refusal(lambda: server.predict(rows(1, outputs=["twice", "twice"])))[0] == INVALID


def test_calls_with_examples_share_batches(start):
    models = {"examples": os.path.join(MODELS, "examples")}
    with start(text_of(max_batch_size=4) + LONG, STRICT, models=models) as server:
        def call(stub, kind, signature, *numbers):
            request = test_inference.fill(kind(), [{"x": float(n)} for n in numbers], signature)
            return stub.future(request, timeout=120, metadata=TIMINGS)

        services = server.predictions
        regressions = [
            call(services.Regress, regression_pb2.RegressionRequest, "regress", *numbers) for numbers in ([2], [4, 6, 8])]
        results = [[r.value for r in answer.result().result.regressions] for answer in regressions]
        assert results == [[3], [4, 5, 6]] and {batch_size(answer) for answer in regressions} == {4}
        classifications = [
            call(services.Classify, classification_pb2.ClassificationRequest, "", *numbers) for numbers in ([2, -4], [0, 2])]
        scores = [[row[1][1] for row in test_inference.classes(answer.result())] for answer in classifications]
        assert scores[0][0] == scores[1][1] and {batch_size(answer) for answer in classifications} == {4}


@pytest.mark.parametrize("policy", ["adaptive", "strict"])
def test_many_requests_of_all_kinds_get_exactly_their_own_answers(start, policy):
    parameters = text_of(max_batch_size=16, max_enqueued_batches=1000) + "batch_timeout_micros { value: 500 }"
    noise = np.random.RandomState(3)
    with start(parameters, f"--batch_scheduling={policy}") as server:
        sent = []
        for _ in range(600):
            values = noise.normal(size=[noise.randint(0, 17), noise.randint(1, 4)]).astype(np.float32)
            encode = serving.typed if noise.randint(2) else serving.content
            filters = [["twice"], ["successor"], []][noise.randint(3)]
            sent.append((values, send(server, predict_request("batches", {"x": encode(values)}, "rows", outputs=filters))))
        for values, call in sent:
            expected = {"twice": values * 2, "successor": values + 1}
            for alias, tensor in call.result().outputs.items():
                np.testing.assert_array_equal(array(tensor), expected[alias])


# What is refused


@pytest.mark.parametrize("policy", ["adaptive", "strict"])
def test_inputs_that_fit_no_batch_are_refused_in_the_references_words(start, policy):
    models = {name: os.path.join(MODELS, name) for name in ("echo", "arithmetic", "batches")}
    parameters = text_of(max_batch_size=4) + "batch_timeout_micros { value: 1000 }"
    with start(parameters, f"--batch_scheduling={policy}", models=models) as server:
        scalar = predict_request("echo", {"x": np.float32(1)}, "float")
        expected = "Batching Run() input tensors must have at least one dimension"
        assert refusal(lambda: server.predict(scalar)) == (INVALID, expected)
        unequal = {"a": np.ones(2, np.float32), "b": np.ones(3, np.float32)}
        expected = "Batching Run() input tensors must have equal 0th-dimension size"
        assert refusal(lambda: server.predict(predict_request("arithmetic", unequal, "pair"))) == (INVALID, expected)
        expected = "Task size 5 is larger than maximum input batch size 4"
        assert refusal(lambda: server.predict(rows(1, 2, 3, 4, 5))) == (INVALID, expected)
        # Small requests that have turned out to be quick don't go through the queue, but are checked like all others.
        for _ in range(40):
            server.predict(rows(1))
        assert refusal(lambda: server.predict(rows(1, 2, 3, 4, 5))) == (INVALID, expected)
        # The checks before are those of a server without batching.
        expected = "output tensor alias not found in signature: z Outputs expected to be in the set {successor,twice}."
        assert refusal(lambda: server.predict(rows(1, outputs=["z"]))) == (INVALID, expected)
        np.testing.assert_array_equal(array(server.predict(rows(1, 2, 3, 4)).outputs["successor"])[:, 0], [2, 3, 4, 5])


def test_what_cannot_be_batched_is_served_by_itself(start):
    with start(text_of(max_batch_size=4)) as server:
        one = np.float32(1)
        for signature, value, alias, expected in [
            ("scalar", one, "y", 2), ("fixed", np.ones(2, np.float32), "y", [2, 2]),
            ("total", np.ones(9, np.float32), "total", 9), ("hidden", np.ones(3, np.float32), "total", 3),
            ("hidden", np.ones(4, np.float32), "total", 4),
        ]:
            answer = server.predict(predict_request("batches", {"x": value}, signature))
            np.testing.assert_array_equal(array(answer.outputs[alias]), expected)
        for line in [
            'signature "scalar" of {name: batches version: 1} are run one at a time: its input "x" is a scalar',
            'signature "fixed" of {name: batches version: 1} are run one at a time: the first dimension of its input "x" is '
            "always 2",
            'signature "total" of {name: batches version: 1} are run one at a time: its output "total" is a scalar',
        ]:
            assert server.log.count(line) == 1, server.log
        assert server.log.count("cannot be shared out by rows") == 1


def test_strict_scheduling_refuses_what_cannot_be_batched(start):
    with start(text_of(max_batch_size=4), STRICT) as server:
        def refused(signature, value):
            return refusal(lambda: server.predict(predict_request("batches", {"x": value}, signature)))

        expected = "Batching Run() input tensors must have at least one dimension"
        assert refused("scalar", np.float32(1)) == (INVALID, expected)
        for signature in ("total", "hidden"):
            assert refused(signature, np.ones(3, np.float32)) == (FAILED, "Batched output tensor has 0 dimensions")


def test_requests_that_change_the_model_are_not_batched(start):
    with start("", models={"counter": os.path.join(MODELS, "counter")}) as server:
        requests = [predict_request("counter", {"by": np.int64(1)}, "incr") for _ in range(20)]
        counts = [int(call.result().outputs["count"].int64_val[0]) for call in [send(server, r) for r in requests]]
        # None is lost, but two that run at the same time may both see what both have added.
        assert max(counts) == 20 and all(count >= place for place, count in enumerate(sorted(counts), 1))
        assert 'signature "incr" of {name: counter version: 1} are run one at a time' in server.log


def test_a_full_queue_answers_at_once(start):
    parameters = text_of(max_batch_size=1, max_enqueued_batches=2, num_batch_threads=1)
    with start(parameters, STRICT) as server:
        calls = [send(server, patient(20_000)) for _ in range(12)]
        refused = [call for call in calls if outcome(call) is not grpc.StatusCode.OK]
        assert refused and {outcome(call) for call in refused} == {UNAVAILABLE}
        for call in refused:
            details = call.exception().details()
            assert details.startswith(FULL + "currently 2 batches enqueued and max_enqueued_batches is 2"), details
            assert '"batches"' in details and '"patient"' in details
        # Two waited; more are answered if the first had begun, or ended, before the last came.
        assert len(calls) - len(refused) >= 2
        assert server.predict(patient(1))


def test_a_large_request_is_refused_as_a_whole_when_its_parts_have_no_room(start):
    parameters = text_of(
        max_batch_size=100, enable_large_batch_splitting="true", max_execution_batch_size=2, max_enqueued_batches=3)
    with start(parameters + "batch_timeout_micros { value: 1000 }", STRICT) as server:
        code, details = refusal(lambda: server.predict(rows(*range(50))))
        assert code == UNAVAILABLE and details.startswith(
            FULL + "task size is 50 but scheduling capacity is only 6 (num_enqueued_batches=1, max_enqueued_batches=3, "
            "open_batch_size=0, max_execution_batch_size=2)"), details
        assert server.predict(rows(1, 2, 3))


# Nobody pays for a neighbour


@pytest.mark.parametrize("poisons", [[3], [0, 7], [1, 2, 5], list(range(8))])
def test_poison_in_a_full_batch_harms_nobody_else(start, poisons):
    models = {"arithmetic": os.path.join(MODELS, "arithmetic")}
    with start(text_of(max_batch_size=8) + LONG, STRICT, models=models) as server:
        def lookup(row):
            return predict_request("arithmetic", {"rows": np.array([row], np.int32)}, "gather")

        calls = [send(server, lookup(99 if n in poisons else n % 5)) for n in range(8)]
        for n, call in enumerate(calls):
            if n in poisons:
                assert outcome(call) is INVALID
                assert "indices[0] = 99 is not in [0, 5)" in call.exception().details()
            else:
                assert array(call.result().outputs["values"]).tolist() == [10.0 + n % 5]


def test_deadlines_count_while_queued(start):
    parameters = text_of(max_batch_size=64, num_batch_threads=1) + "batch_timeout_micros { value: 1500000 }"
    with start(parameters, STRICT) as server:
        late = [send(server, rows(n), timeout=0.2) for n in range(40)]
        for call in late:
            assert outcome(call) in (grpc.StatusCode.DEADLINE_EXCEEDED, EXHAUSTED)
        waiting = [send(server, rows(n)) for n in range(5)]
        for n, call in enumerate(waiting):
            np.testing.assert_array_equal(array(call.result().outputs["twice"]), [[2 * n]])
            # Those that nobody waits for any more are not computed.
            assert batch_size(call) <= 5


def test_cancelled_requests_are_not_computed(start):
    parameters = text_of(max_batch_size=64) + "batch_timeout_micros { value: 1500000 }"
    with start(parameters, STRICT) as server:
        gone = [send(server, rows(n)) for n in range(30)]
        stays = send(server, rows(7))
        time.sleep(0.3)
        for call in gone:
            call.cancel()
        np.testing.assert_array_equal(array(stays.result().outputs["twice"]), [[14]])
        # Unless the batch ran before they were gone.
        assert batch_size(stays) == 1 or any(outcome(call) is grpc.StatusCode.OK for call in gone)


def test_models_that_share_threads_do_not_starve_each_other(start):
    models = {"batches": BATCHES, "half_plus_two": serving.HALF_PLUS_TWO}
    parameters = text_of(max_batch_size=1, max_enqueued_batches=200, num_batch_threads=1)
    with start(parameters, models=models) as server:
        flood = [send(server, patient(2_000), timeout=120) for _ in range(60)]
        for _ in range(5):
            values = server.predict(serving.half_plus_two([1.0]), timeout=120).outputs["y"].float_val
            assert list(values) == [2.5]
        assert not all(call.done() for call in flood)
        for call in flood:
            assert call.result(timeout=120)


# The ends of versions and servers


def test_requests_that_wait_keep_their_version(start, tmp_path):
    base = tmp_path / "versions"
    shutil.copytree(os.path.join(BATCHES, "1"), base / "1")
    parameters = text_of(max_batch_size=64) + "batch_timeout_micros { value: 4000000 }"
    with start(parameters, STRICT, "--file_system_poll_wait_seconds=1", models={"batches": base}) as server:
        waits = [send(server, rows(n)) for n in range(3)]
        shutil.copytree(os.path.join(BATCHES, "1"), tmp_path / "2")
        os.rename(tmp_path / "2", base / "2")
        server.wait_for("batches", 2)
        for n, call in enumerate(waits):
            np.testing.assert_array_equal(array(call.result().outputs["twice"]), [[2 * n]])
            assert call.result().model_spec.version.value == 1
        serving.wait_until(lambda: server.states("batches")[1] == serving.END, "version 1 is unloaded")


def test_a_server_that_ends_lets_nobody_wait_for_others(start):
    with start(text_of(max_batch_size=64) + LONG, STRICT, "--drain_lag_seconds=2") as server:
        server.terminate()
        serving.wait_until(lambda: "Received signal 15" in server.log, "the signal was noticed", every=0.01)
        assert array(server.predict(rows(3), timeout=120).outputs["twice"])[0] == [6]
        server.expect_end()


# Where parameters come from


def version(tmp_path, parameters=None):
    """A copy of the model whose version has its own parameters; returns the base path."""
    base = tmp_path / "own"
    shutil.copytree(os.path.join(BATCHES, "1"), base / "1")
    if parameters is not None:
        write(base / "1" / "batching_params.pbtxt", parameters)
    return str(base)


PER_MODEL = "--enable_per_model_batching_parameters"


def test_versions_bring_their_own_parameters(start, tmp_path):
    models = {"batches": version(tmp_path, text_of(max_batch_size=2)), "half_plus_two": serving.HALF_PLUS_TWO}
    with start(text_of(max_batch_size=7), PER_MODEL, models=models) as server:
        expected = "Task size 3 is larger than maximum input batch size 2"
        assert refusal(lambda: server.predict(rows(1, 2, 3))) == (INVALID, expected)
        call = send(server, rows(1, 2))
        assert call.result() and batch_size(call) == 2
        # A version without the file is not batched.
        call = send(server, serving.half_plus_two(range(100)))
        assert call.result() and batch_size(call) is None


@pytest.mark.parametrize("parameters, expected", [
    (
        "max_batch_size: 3",
        "Invalid protobuf file: '{file}': Error parsing text-format tensorflow.serving.BatchingParameters: 1:",
    ),
    ("\nbatch_timeout_micros { value: -1 }", "batch_timeout_micros must be non-negative; was -1 ({file}:2)"),
    (
        "max_batch_size { value: 4 }\nallowed_batch_sizes: [1, 2]",
        "Last entry in allowed_batch_sizes must match max_batch_size; last entry was 2; expected 4 ({file}:2)",
    ),
])
def test_a_bad_file_fails_the_load_of_its_version(start, tmp_path, parameters, expected):
    base = version(tmp_path, parameters)
    with start("", PER_MODEL, models={"half_plus_two": serving.HALF_PLUS_TWO}) as server:
        file = os.path.join(base, "1", "batching_params.pbtxt")
        serving.config(tmp_path / "models.config", {"batches": base, "half_plus_two": serving.HALF_PLUS_TWO})
        server.process.send_signal(1)

        def message():
            return next((entry.status.error_message for entry in server.status("batches").values()), "")

        serving.wait_until(lambda: expected.format(file=file) in message(), expected)
        # It is tried again when the file is better.
        write(file, text_of(max_batch_size=4))
        serving.wait_until(lambda: server.states("batches").get(1) == serving.AVAILABLE, "the version is served")
        assert refusal(lambda: server.predict(rows(*range(5))))[0] == INVALID


def model_config(path, parameters=None):
    own = "" if parameters is None else f" batching_parameters {{ {parameters} }}"
    return write(
        path,
        f'model_config_list {{ config {{ name: "batches" base_path: "{BATCHES}" model_platform: "tensorflow"{own} }} }}')


def test_parameters_in_the_list_of_models_hold_without_a_flag_and_can_be_changed(tmp_path):
    path = model_config(tmp_path / "models.config", text_of(max_batch_size=2))
    with serving.Server(f"--model_config_file={path}", ready=["batches"]) as server:
        assert "Batching is off, except for models with batching_parameters" in server.log

        def limit(count):
            expected = f"Task size 9 is larger than maximum input batch size {count}"
            return lambda: refusal(lambda: server.predict(rows(*range(9)))) == (INVALID, expected)

        assert limit(2)()
        loads = server.log.count("Successfully loaded")
        model_config(path, text_of(max_batch_size=5))
        server.process.send_signal(1)
        serving.wait_until(limit(5), "the new parameters hold")
        model_config(path)
        server.process.send_signal(1)

        def is_off():
            call = send(server, rows(*range(9)))
            return outcome(call) is grpc.StatusCode.OK and batch_size(call) is None

        serving.wait_until(is_off, "batching is off")
        # The weights stayed where they were.
        assert server.log.count("Successfully loaded") == loads


def test_parameters_in_the_list_of_models_win(start, tmp_path):
    models = {"batches": version(tmp_path, text_of(max_batch_size=3))}
    with start(text_of(max_batch_size=7), PER_MODEL, models=models) as server:
        assert refusal(lambda: server.predict(rows(*range(9))))[1].endswith("batch size 3")
        text = open(tmp_path / "models.config").read()
        own = f"batching_parameters {{ {text_of(max_batch_size=4)} }}"
        write(tmp_path / "models.config", text.replace('"tensorflow" }', f'"tensorflow" {own} }}'))
        server.process.send_signal(1)
        serving.wait_until(
            lambda: refusal(lambda: server.predict(rows(*range(9))))[1].endswith("batch size 4"), "the list wins")


# Settings that are refused


@pytest.mark.parametrize("flags, expected", [
    (["--batch_scheduling=eager"], "--batch_scheduling must be one of adaptive, strict; was 'eager'"),
    (
        ["--batching_parameters_file=FILE"],
        "server_options.batching_parameters_file is set without setting server_options.enable_batching to true.",
    ),
    (["--enable_batching", "--batching_parameters_file=/nowhere"], "/nowhere; No such file or directory"),
])
def test_contradictions_are_refused(tmp_path, flags, expected):
    assert expected in start_failure(tmp_path, "", flags)


@pytest.mark.parametrize("parameters, expected", [
    ("max_batch_size: 1", "Invalid protobuf file: 'FILE'"),
    (text_of(num_batch_threads=0), "num_batch_threads must be positive; was 0"),
    (text_of(max_batch_size=0), "input_batch_size_limit must be positive; was 0"),
    (text_of(batch_timeout_micros=-7), "batch_timeout_micros must be non-negative; was -7"),
    (
        text_of(max_enqueued_batches=0, enable_large_batch_splitting="true"),
        "max_enqueued_batches must be positive; was 0",
    ),
    (
        text_of(max_batch_size=8) + "allowed_batch_sizes: [2, 4]",
        "Last entry in allowed_batch_sizes must match max_batch_size; last entry was 4; expected 8",
    ),
    (
        text_of(max_batch_size=8, enable_large_batch_splitting="true", max_execution_batch_size=16),
        "When enable_large_batch_splitting is true, input_batch_size_limit must be greater than or equal to "
        "max_execution_batch_size.",
    ),
])
def test_parameters_out_of_range_are_refused(tmp_path, parameters, expected):
    file = str(tmp_path / "batching.txt")
    flags = ["--enable_batching", "--batching_parameters_file=FILE"]
    assert expected.replace("FILE", file) in start_failure(tmp_path, parameters, flags)


def start_failure(tmp_path, parameters, flags):
    """What a server says that does not start."""
    file = write(tmp_path / "batching.txt", parameters)
    flags = [flag.replace("FILE", str(file)) for flag in flags]
    command = [serving.BINARY, "--port=0", f"--grpc_socket_path={tmp_path}/s", f"--model_base_path={BATCHES}", *flags]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert ended.returncode == 255, ended
    return ended.stdout + ended.stderr


def test_more_threads_than_compute_are_remarked_upon(start):
    with start(text_of(num_batch_threads=5000), PER_MODEL) as server:
        assert "num_batch_threads is 5000, but batches run on the" in server.log
        assert "Batching is on for versions with a batching_params.pbtxt" in server.log
