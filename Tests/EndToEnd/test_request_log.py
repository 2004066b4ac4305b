"""The request log: what it holds, what happens when the disk does not want it, and its use as a warm-up file."""

import collections
import glob
import os
import resource
import shutil
import time

import numpy as np
import pytest
from tensorflow_serving.apis import classification_pb2, inference_pb2, prediction_log_pb2, regression_pb2

import records
import serving
from serving import wait_until


def model(name, base, prefix, rate=1.0, more=""):
    return f"""  config {{
    name: "{name}" base_path: "{base}" model_platform: "tensorflow"
    logging_config {{
      log_collector_config {{ filename_prefix: "{prefix}" {more} }}
      sampling_config {{ sampling_rate: {rate} attributes: 1 }}
    }}
  }}
"""


def config(tmp_path, *entries):
    path = tmp_path / "models.config"
    path.write_text("model_config_list {\n" + "".join(entries) + "}\n")
    return f"--model_config_file={path}"


def logged(pattern):
    """The logs in all files, in the order of their names."""
    logs = []
    for path in sorted(glob.glob(str(pattern))):
        with open(path, "rb") as file:
            logs += [prediction_log_pb2.PredictionLog.FromString(record) for record in records.read(file.read())]
    return logs


def test_a_logged_call_holds_request_answer_and_metadata(tmp_path):
    flag = config(tmp_path, model("half_plus_two", serving.HALF_PLUS_TWO, tmp_path / "log" / "requests"))
    os.mkdir(tmp_path / "log")
    requests = [serving.half_plus_two([float(n)]) for n in range(50)]
    requests.append(serving.half_plus_two(version=1, signature="serving_default", outputs=["y"]))
    began = int(time.time())
    with serving.Server(flag, ready=["half_plus_two"]) as server:
        assert "has no effect" not in server.log
        answers = [server.predict(request) for request in requests]
        serving.refusal(lambda: server.predict(serving.half_plus_two(signature="nothing")))
    names = os.listdir(tmp_path / "log")
    assert len(names) == 1 and names[0].startswith("requests-half_plus_two-20") and names[0].endswith(".tfrecord")
    assert os.stat(tmp_path / "log" / names[0]).st_mode & 0o777 == 0o640
    logs = logged(tmp_path / "log" / "*")
    # Calls are written when they have been answered, and threads may overtake each other.
    calls = [(log.predict_log.request, log.predict_log.response) for log in logs]
    assert sorted(calls, key=repr) == sorted(zip(requests, answers), key=repr)
    for log in logs:
        metadata = log.log_metadata
        assert (metadata.model_spec.name, metadata.model_spec.version.value) == ("half_plus_two", 1)
        assert metadata.model_spec.signature_name == "serving_default"
        assert metadata.sampling_config.sampling_rate == 1 and metadata.sampling_config.attributes == 1
        assert list(metadata.saved_model_tags) == ["serve"]
        assert began <= metadata.timestamp_secs <= time.time()


def test_calls_with_examples_are_logged(tmp_path):
    """And what is logged is a warm-up file for the next version."""
    examples, base = os.path.join(serving.FIXTURES, "models", "examples"), tmp_path / "base"
    shutil.copytree(examples, base)

    def filled(request, *tasks):
        if isinstance(request, inference_pb2.MultiInferenceRequest):
            for signature, method in tasks:
                task = request.tasks.add(method_name=method)
                task.model_spec.name, task.model_spec.signature_name = "examples", signature
        else:
            request.model_spec.name, request.model_spec.signature_name = "examples", tasks[0][0]
        for x in (2.0, 4.0):
            request.input.example_list_with_context.examples.add().features.feature["x"].float_list.value.append(x)
        request.input.example_list_with_context.context.features.feature["word"].bytes_list.value.append(b"dog")
        return request

    classify, regress = (("", "tensorflow/serving/classify"), ("regress", "tensorflow/serving/regress"))
    calls = {
        "classify_log": ("Classify", filled(classification_pb2.ClassificationRequest(), classify)),
        "regress_log": ("Regress", filled(regression_pb2.RegressionRequest(), regress)),
        "multi_inference_log": ("MultiInference", filled(inference_pb2.MultiInferenceRequest(), regress, classify)),
    }
    flag = config(tmp_path, model("examples", base, tmp_path / "log"))
    with serving.Server(flag, ready=["examples"]) as server:
        answers = {kind: getattr(server.predictions, method)(request, timeout=120) for kind, (method, request) in calls.items()}
        serving.refusal(lambda: server.predictions.Classify(calls["regress_log"][1], timeout=120))
    logs = {log.WhichOneof("log_type"): log for log in logged(tmp_path / "log-*")}
    assert set(logs) == set(calls)
    for kind, log in logs.items():
        assert getattr(log, kind).request == calls[kind][1]
        assert getattr(log, kind).response == answers[kind]
        spec = log.log_metadata.model_spec
        assert (spec.name, spec.version.value) == ("examples", 1)
        named = {"classify_log": "serving_default", "regress_log": "regress", "multi_inference_log": ""}
        assert spec.signature_name == named[kind]
        assert list(log.log_metadata.saved_model_tags) == ["serve"]
    shutil.copytree(base / "1", base / "2")
    os.mkdir(base / "2" / "assets.extra")
    shutil.copy(glob.glob(str(tmp_path / "log-*"))[0], base / "2" / "assets.extra" / "tf_serving_warmup_requests")
    with serving.Server(flag, ready=["examples"]) as server:
        assert server.states("examples") == {2: serving.AVAILABLE}
        assert "3 records of" in server.log


def test_the_sampling_rate_is_kept(tmp_path):
    flag = config(
        tmp_path,
        model("half_plus_two", serving.HALF_PLUS_TWO, tmp_path / "some", 0.25),
        model("digits", serving.DIGITS, tmp_path / "none", 0),
    )
    with serving.Server(flag, ready=["half_plus_two", "digits"]) as server:
        assert "logging_config of model digits has no effect: its sampling_rate is 0" in server.log
        futures = [server.predictions.Predict.future(serving.half_plus_two(), timeout=120) for _ in range(4000)]
        assert all(future.result() for future in futures)
        server.predict(serving.predict_request("digits", {"image": np.zeros([1, 28, 28, 1], np.float32)}, "predict_classes"))
    # Binomial, with a standard deviation of 27.
    assert 850 < len(logged(tmp_path / "some-*")) < 1150
    assert not glob.glob(str(tmp_path / "none-*"))


def test_a_log_is_a_warm_up_file(tmp_path):
    base = tmp_path / "base"
    base.mkdir()
    shutil.copytree(os.path.join(serving.HALF_PLUS_TWO, "1"), base / "1")
    flag = config(tmp_path, model("half_plus_two", base, tmp_path / "log"))
    with serving.Server(flag, ready=["half_plus_two"]) as server:
        futures = [server.predictions.Predict.future(serving.half_plus_two(), timeout=120) for _ in range(1500)]
        assert all(future.result() for future in futures)
        # A file is complete when the next one has begun.
        wait_until(lambda: len(glob.glob(str(tmp_path / "log-*"))) == 2, "the second file is there")
        first = sorted(glob.glob(str(tmp_path / "log-*")))[0]
        shutil.copytree(base / "1", base / "2.incoming")
        os.mkdir(base / "2.incoming" / "assets.extra")
        shutil.copy(first, base / "2.incoming" / "assets.extra" / "tf_serving_warmup_requests")
        os.rename(base / "2.incoming", base / "2")
        server.wait_for("half_plus_two", 2)
        assert "1000 records of" in server.log
    assert len(logged(tmp_path / "log-*")) == 1500


def test_the_number_of_files_is_bounded(tmp_path):
    flag = config(tmp_path, model("half_plus_two", serving.HALF_PLUS_TWO, tmp_path / "log"))
    for _ in range(3):
        with serving.Server(flag, "--request_log_max_files=2", ready=["half_plus_two"]) as server:
            server.predict(serving.half_plus_two())
            time.sleep(1)
    assert len(glob.glob(str(tmp_path / "log-*"))) == 2


def test_a_folder_that_cannot_be_written_is_a_warning_and_heals(tmp_path):
    flag = config(tmp_path, model("half_plus_two", serving.HALF_PLUS_TWO, tmp_path / "later" / "log"))
    with serving.Server(flag, ready=["half_plus_two"]) as server:
        server.predict(serving.half_plus_two())
        wait_until(lambda: "requests were not logged: NOT_FOUND" in server.log, "the warning is there")
        assert "Serving goes on" in server.log
        os.mkdir(tmp_path / "later")

        def written():
            server.predict(serving.half_plus_two())
            return logged(tmp_path / "later" / "*")

        wait_until(written, "requests are logged again", every=0.2)
        assert server.log.count("requests were not logged") == 1


def test_a_full_disk_leaves_whole_records(tmp_path):
    """A limit on the size of files stands for the disk."""
    flag = config(tmp_path, model("half_plus_two", serving.HALF_PLUS_TWO, tmp_path / "log"))
    with serving.Server(flag, ready=["half_plus_two"]) as server:
        server.predict(serving.half_plus_two())
        wait_until(lambda: logged(tmp_path / "log-*"), "the first call is logged")
        size = max(os.path.getsize(path) for path in glob.glob(str(tmp_path / "log-*")))
        limit = max(2 * size, os.path.getsize(server.log_path) + 20_000)
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
        large = serving.half_plus_two(np.arange(limit, dtype=np.float32))
        for _ in range(3):
            assert len(server.predict(large).outputs["y"].float_val) == limit
        wait_until(lambda: "requests were not logged: RESOURCE_EXHAUSTED" in server.log, "the warning is there")
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        count = len(logged(tmp_path / "log-*"))

        def written():
            server.predict(serving.half_plus_two())
            return len(logged(tmp_path / "log-*")) > count

        wait_until(written, "requests are logged again", every=0.2)


def test_a_relative_prefix_counts_from_the_folder_of_the_file(tmp_path):
    flag = config(tmp_path, model("half_plus_two", serving.HALF_PLUS_TWO, "./log", more='type: "tfrecord"'))
    with serving.Server(flag, ready=["half_plus_two"]) as server:
        server.predict(serving.half_plus_two())
    assert len(logged(tmp_path / "log-half_plus_two-*")) == 1


@pytest.mark.parametrize(
    "entry, text",
    [
        ({"prefix": ""}, "logging_config of model m: log_collector_config needs a filename_prefix"),
        ({"prefix": "gs://b/log"}, "filename_prefix is gs://b/log, but this server writes local files only"),
        ({"prefix": "/l", "rate": 1.5}, "sampling_rate must be a number from 0 to 1; was 1.5"),
        ({"prefix": "/l", "rate": "nan"}, "sampling_rate must be a number from 0 to 1; was nan"),
        ({"prefix": "/l", "more": 'type: "kafka"'}, 'log_collector_config has the type "kafka"'),
    ],
)
def test_what_cannot_be_done_is_refused(tmp_path, entry, text):
    flag = config(tmp_path, model("m", serving.HALF_PLUS_TWO, **entry))
    server = serving.Server(flag)
    wait_until(lambda: not server.alive, "the server has ended")
    log = server.log
    server.close(expect=None)
    assert server.process.returncode == 255
    assert "Failed to start server. Error: INVALID_ARGUMENT: " in log and text in log


def test_a_reload_switches_logs_on_and_off(tmp_path):
    from tensorflow_serving.apis import model_management_pb2
    from google.protobuf import text_format

    plain = f'config {{ name: "half_plus_two" base_path: "{serving.HALF_PLUS_TWO}" model_platform: "tensorflow" }}\n'
    with serving.Server(config(tmp_path, plain), ready=["half_plus_two"]) as server:

        def reload(*entries):
            request = model_management_pb2.ReloadConfigRequest()
            text_format.Parse("model_config_list {\n" + "".join(entries) + "}\n", request.config)
            assert server.models.HandleReloadConfigRequest(request, timeout=120).status.error_code == 0

        server.predict(serving.half_plus_two())
        counts = collections.Counter()
        for round, name in enumerate(["a", "b", "b", None, "a"]):
            reload(model("half_plus_two", serving.HALF_PLUS_TWO, tmp_path / name) if name else plain)
            for _ in range(round + 1):
                server.predict(serving.half_plus_two())
            counts[name] += round + 1
    assert len(logged(tmp_path / "a-*")) == counts["a"]
    assert len(logged(tmp_path / "b-*")) == counts["b"]
    assert len(glob.glob(str(tmp_path / "a-*"))) == 2 and len(glob.glob(str(tmp_path / "b-*"))) == 1
