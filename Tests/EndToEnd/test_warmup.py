"""Warm-up: the file of a version, made-up inputs without one, and the last requests of the version before."""

import os
import shutil
import time

import grpc
import numpy as np
import pytest
from tensorflow_serving.apis import classification_pb2, prediction_log_pb2

import records
import serving
from serving import AVAILABLE, END, wait_until

ERROR = grpc.StatusCode


def predict_log(request):
    return prediction_log_pb2.PredictionLog(predict_log=prediction_log_pb2.PredictLog(request=request))


def half_plus_two_log(values=(1.0, 2.0, 5.0), **spec):
    return predict_log(serving.half_plus_two(values, **spec))


@pytest.fixture
def base(tmp_path):
    folder = tmp_path / "half_plus_two"
    folder.mkdir()
    return folder


def flags(base, *more):
    return ["--model_name=half_plus_two", f"--model_base_path={base}", "--load_retry_interval_micros=100000", *more]


def add_version(base, number, content=None, source=None):
    """A version whose warm-up file has `content`; without content it has none."""
    staging = base / f"{number}.incoming"
    shutil.copytree(source or os.path.join(serving.HALF_PLUS_TWO, "1"), staging)
    if content is not None:
        os.makedirs(staging / "assets.extra", exist_ok=True)
        (staging / "assets.extra" / "tf_serving_warmup_requests").write_bytes(content)
    os.rename(staging, base / str(number))


def failed(server, number, name="half_plus_two"):
    """The (code, message) that version `number` ends with."""

    def end():
        entry = server.status(name).get(number)
        return entry if entry is not None and entry.state == END else None

    entry = wait_until(end, f"version {number} has failed")
    return entry.status.error_code, entry.status.error_message


def file_text(base, number):
    return f"{base}/{number}/assets.extra/tf_serving_warmup_requests"


def test_records_are_run_before_the_version_is_served(base):
    logs = [half_plus_two_log(), half_plus_two_log([7.0], signature="serving_default")]
    add_version(base, 1, records.write(logs))
    with serving.Server(*flags(base, "--num_request_iterations_for_warmup=3"), ready=["half_plus_two"]) as server:
        server.expect_logged("Successfully loaded servable version")
        log = server.log
        assert f"2 records of {file_text(base, 1)} run in" in log
        assert log.index("Warm-up of") < log.index("Successfully loaded servable version")
        assert server.predict(serving.half_plus_two()).model_spec.version.value == 1


def test_a_thousand_records_and_not_one_more(base):
    add_version(base, 1, records.write([half_plus_two_log([1.0])] * 1000))
    with serving.Server(*flags(base), ready=["half_plus_two"]) as server:
        assert "1000 records of" in server.log
        add_version(base, 2, records.write([half_plus_two_log([1.0])] * 1001))
        text = f"Number of warmup records exceeds the maximum (1000) at {file_text(base, 2)}"
        assert failed(server, 2) == (ERROR.INVALID_ARGUMENT.value[0], text)
        assert server.predict(serving.half_plus_two()).model_spec.version.value == 1


def broken_files():
    """For each model: the content of its warm-up file, and what its load ends with; `{}` stands for the path of the file."""
    verify = ". Please verify your warmup data is in TFRecord format."
    good = records.write([half_plus_two_log()])
    wrong = half_plus_two_log()
    wrong.predict_log.request.inputs["z"].CopyFrom(wrong.predict_log.request.inputs.pop("x"))
    session_run = prediction_log_pb2.PredictionLog(session_run_log=prediction_log_pb2.SessionRunLog())
    streamed = prediction_log_pb2.PredictionLog(predict_streamed_log={})
    return {
        "text": (b"no records at all", ERROR.DATA_LOSS, f"corrupted record at 0 (Is this even a TFRecord file?){verify}"),
        "cut": (good[:-1], ERROR.DATA_LOSS, f"truncated record at 0' failed with Read less bytes than requested{verify}"),
        "damaged": (
            records.write([half_plus_two_log()]) + good[:20] + b"?" + good[21:],
            ERROR.DATA_LOSS,
            f"corrupted record at {len(good) + 12}{verify}",
        ),
        "garbage": (
            records.write([b"garbage"]), ERROR.INVALID_ARGUMENT, "Failed to parse warmup record: garbage from {}",
        ),
        "session_run": (
            records.write([session_run]),
            ERROR.UNIMPLEMENTED,
            "Unsupported log_type for warmup: 5 (warm-up record 1 of {})",
        ),
        "streamed": (
            records.write([half_plus_two_log(), streamed]),
            ERROR.UNIMPLEMENTED,
            "Unsupported log_type for warmup: 7 (warm-up record 2 of {})",
        ),
        "signature": (
            records.write([half_plus_two_log(signature="nothing")]),
            ERROR.FAILED_PRECONDITION,
            'Serving signature key "nothing" not found. (warm-up record 1 of {})',
        ),
        "input": (
            records.write([half_plus_two_log(), wrong]),
            ERROR.INVALID_ARGUMENT,
            "Signature input alias: x(feed name: serving_default_x:0) not found in request and no default value provided. "
            "Inputs expected to be in the request {z}, or default input alias set:  (warm-up record 2 of {})",
        ),
    }


def test_files_that_are_broken_fail_the_load_with_the_texts_of_the_reference(tmp_path):
    cases = broken_files()
    for name, (content, _, _) in cases.items():
        (tmp_path / name).mkdir()
        add_version(tmp_path / name, 1, content)
    models = {name: tmp_path / name for name in cases} | {"half_plus_two": serving.HALF_PLUS_TWO}
    path = serving.config(tmp_path / "models.config", models)
    retries = "--load_retry_interval_micros=100000"
    with serving.Server(f"--model_config_file={path}", retries, ready=["half_plus_two"]) as server:
        for name, (_, code, message) in cases.items():
            expected = code.value[0], message.replace("{}", file_text(tmp_path / name, 1))
            assert failed(server, 1, name) == expected
        assert server.predict(serving.half_plus_two()).model_spec.version.value == 1


def test_a_mended_file_is_tried_again(base):
    add_version(base, 1, b"these are no records")
    with serving.Server(*flags(base)) as server:
        assert failed(server, 1)[0] == ERROR.DATA_LOSS.value[0]
        with open(file_text(base, 1), "wb") as file:
            file.write(records.write([half_plus_two_log()]))
        wait_until(lambda: server.states("half_plus_two").get(1) == AVAILABLE, "the version is served")


def test_examples_are_classified_and_regressed(tmp_path):
    source = os.path.join(serving.FIXTURES, "models", "examples", "1")
    shutil.copytree(source, tmp_path / "examples" / "1")
    logs = [prediction_log_pb2.PredictionLog() for _ in range(3)]
    requests = [logs[0].classify_log.request, logs[1].regress_log.request, logs[2].multi_inference_log.request]
    for request in requests:
        example = request.input.example_list.examples.add()
        example.features.feature["x"].float_list.value.append(2.0)
    requests[1].model_spec.signature_name = "regress"
    task = requests[2].tasks.add(method_name="tensorflow/serving/regress")
    task.model_spec.name, task.model_spec.signature_name = "examples", "regress"
    os.makedirs(tmp_path / "examples" / "1" / "assets.extra")
    with open(tmp_path / "examples" / "1" / "assets.extra" / "tf_serving_warmup_requests", "wb") as file:
        file.write(records.write(logs))
    flags = ["--model_name=examples", f"--model_base_path={tmp_path / 'examples'}"]
    with serving.Server(*flags, ready=["examples"]) as server:
        assert "3 records of" in server.log


def test_warm_up_can_be_switched_off(base):
    add_version(base, 1, b"these are no records")
    with serving.Server(*flags(base, "--enable_model_warmup=false"), ready=["half_plus_two"]) as server:
        assert "Warm-up" not in server.log


def test_made_up_inputs_do_not_change_the_state(tmp_path):
    """Without a file each signature is run, but not those that write a variable: the counter starts at 0."""
    base = os.path.join(serving.FIXTURES, "models", "counter")
    os.environ["TF_CPP_MAX_VLOG_LEVEL"] = "1"
    try:
        server = serving.Server("--model_name=counter", f"--model_base_path={base}", ready=["counter"])
    finally:
        del os.environ["TF_CPP_MAX_VLOG_LEVEL"]
    with server:
        assert "signature incr is left out" in server.log and "signature reset is left out" in server.log
        assert "signature get" not in server.log
        answer = server.predict(serving.predict_request("counter", {}, signature="get"))
        assert list(answer.outputs["count"].int64_val) == [0]


def test_made_up_inputs_that_fail_do_not_fail_the_load(tmp_path):
    base = os.path.join(serving.FIXTURES, "models", "arithmetic")
    with serving.Server("--model_name=arithmetic", f"--model_base_path={base}", ready=["arithmetic"]) as server:
        assert "made-up" not in server.log
        assert "failed" not in server.log


def test_a_version_that_is_not_wanted_any_more_stops_warming_up(base):
    slow = os.path.join(serving.FIXTURES, "models", "slow")
    request = serving.predict_request("any", {"side": np.int32(600)})
    add_version(base, 1, source=os.path.join(slow, "1"))
    flags = ["--model_name=slow", f"--model_base_path={base}"]
    with serving.Server(*flags, ready=["slow"]) as server:
        add_version(base, 2, records.write([predict_log(request)] * 1000), source=os.path.join(slow, "1"))
        wait_until(lambda: "Loading servable version {name: slow version: 2}" in server.log, "the load begins")
        time.sleep(0.5)
        os.rename(base / "2", base / "2.gone")
        wait_until(lambda: server.states("slow").get(2) == END, "the load is given up")
        status = server.status("slow")[2].status
        assert (status.error_code, status.error_message) == (1, "Loading of servable cancelled")
        assert server.states("slow")[1] == AVAILABLE


# The last requests


def test_a_version_that_fails_on_recent_requests_is_not_served(base):
    add_version(base, 1)
    with serving.Server(*flags(base, "--warmup_from_recent_requests=10"), ready=["half_plus_two"]) as server:
        for _ in range(20):
            server.predict(serving.half_plus_two([1.0, 2.0]))
        add_version(base, 2, source=os.path.join(serving.FIXTURES, "models", "arithmetic", "1"))
        code, message = failed(server, 2)
        assert code == ERROR.FAILED_PRECONDITION.value[0]
        assert message == (
            "Version 2 of model half_plus_two does not replace version 1, because it fails on a recent request that version 1 "
            'has answered: signature "serving_default", inputs {x: float [2]}: FAILED_PRECONDITION: Serving signature key '
            '"serving_default" not found.. It is tried again when its files change'
        )
        assert server.predict(serving.half_plus_two()).model_spec.version.value == 1
        # One that answers them is served, and a lower one is not held to what a higher one has answered.
        add_version(base, 3)
        server.wait_for("half_plus_two", 3)
        assert "recent requests were replayed" in server.log
        assert server.predict(serving.half_plus_two()).model_spec.version.value == 3


def test_recent_requests_with_examples_are_replayed(tmp_path):
    base = tmp_path / "examples"
    base.mkdir()
    models = os.path.join(serving.FIXTURES, "models")
    add_version(base, 1, source=os.path.join(models, "examples", "1"))
    flags = ["--model_name=examples", f"--model_base_path={base}", "--warmup_from_recent_requests=10"]
    flags.append("--load_retry_interval_micros=100000")
    with serving.Server(*flags, ready=["examples"]) as server:
        request = classification_pb2.ClassificationRequest()
        request.model_spec.name, request.model_spec.signature_name = "examples", "only_scores"
        request.input.example_list.examples.add().features.feature["x"].float_list.value.append(2.0)
        server.predictions.Classify(request, timeout=120)
        add_version(base, 2, source=os.path.join(models, "flowers_v1", "1"))
        code, message = failed(server, 2, "examples")
        assert code == ERROR.FAILED_PRECONDITION.value[0]
        assert message == (
            "Version 2 of model examples does not replace version 1, because it fails on a recent request that version 1 has "
            'answered: signature "only_scores", 1 examples: INVALID_ARGUMENT: No signature was found with the name: '
            "only_scores. It is tried again when its files change"
        )
        add_version(base, 3, source=os.path.join(models, "examples", "1"))
        server.wait_for("examples", 3)
        assert "1 recent requests were replayed" in server.log


def test_requests_for_a_version_and_failed_requests_are_not_replayed(base):
    add_version(base, 1)
    with serving.Server(*flags(base, "--warmup_from_recent_requests=10"), ready=["half_plus_two"]) as server:
        server.predict(serving.half_plus_two(version=1))
        serving.refusal(lambda: server.predict(serving.half_plus_two(signature="nothing")))
        add_version(base, 2, source=os.path.join(serving.FIXTURES, "models", "arithmetic", "1"))
        server.wait_for("half_plus_two", 2)


def test_recent_requests_to_writing_signatures_are_not_replayed(tmp_path):
    base = tmp_path / "counter"
    base.mkdir()
    source = os.path.join(serving.FIXTURES, "models", "counter", "1")
    add_version(base, 1, source=source)
    flags = ["--model_name=counter", f"--model_base_path={base}", "--warmup_from_recent_requests=10"]
    with serving.Server(*flags, ready=["counter"]) as server:
        for _ in range(3):
            server.predict(serving.predict_request("counter", {"by": np.int64(1)}, signature="incr"))
        server.predict(serving.predict_request("counter", {}, signature="get"))
        add_version(base, 2, source=source)
        server.wait_for("counter", 2)
        assert "1 recent requests were replayed" in server.log
        answer = server.predict(serving.predict_request("counter", {}, signature="get"))
        assert (answer.model_spec.version.value, list(answer.outputs["count"].int64_val)) == (2, [0])
