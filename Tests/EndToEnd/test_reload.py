"""HandleReloadConfigRequest, the periodically read file and SIGHUP: outcomes, texts, and no failed request meanwhile."""

import os
import random
import shutil
import signal
import time

import grpc
import pytest
from google.protobuf import text_format
from tensorflow_serving.apis import model_management_pb2, model_service_pb2_grpc
from tensorflow_serving.config import model_server_config_pb2

import serving
from load import Load
from serving import AVAILABLE, END, half_plus_two, place, refusal, wait_until
from test_versions import digits_version, version_folder

HALF = os.path.join(serving.HALF_PLUS_TWO)


def entry(name, base, more=""):
    return f'config {{ name: "{name}" base_path: "{base}" model_platform: "tensorflow" {more} }}\n'


def reload_request(*entries, metrics=()):
    request = model_management_pb2.ReloadConfigRequest(metric_names=metrics)
    text_format.Parse("model_config_list { " + "".join(entries) + "}", request.config)
    return request


def reload(server, *entries, timeout=20, **options):
    return server.models.HandleReloadConfigRequest(reload_request(*entries, **options), timeout=timeout)


@pytest.fixture
def half(tmp_path):
    """A base path with the model half_plus_two."""
    shutil.copytree(os.path.join(HALF, "1"), tmp_path / "half" / "1")
    return tmp_path / "half"


@pytest.fixture
def server(half, tmp_path):
    path = tmp_path / "models.config"
    path.write_text("model_config_list { " + entry("half_plus_two", half) + "}")
    flags = ["--max_num_load_retries=0", "--file_system_poll_wait_seconds=1", f"--model_config_file={path}"]
    with serving.Server(*flags, ready=["half_plus_two"]) as running:
        running.config = path
        yield running


def works(server, name="half_plus_two"):
    request = half_plus_two()
    request.model_spec.name = name
    return list(server.predict(request).outputs["y"].float_val) == [2.5, 3.0, 4.5]


def test_models_are_added_and_removed(server, half):
    answer = reload(server, entry("half_plus_two", half), entry("other", half))
    assert answer.status.error_code == 0
    assert works(server, "other"), "it is served when the call returns"
    reload(server, entry("other", half))
    wait_until(lambda: set(server.states("half_plus_two").values()) == {END}, "the removed model is unloaded")
    code, details = refusal(lambda: works(server))
    assert code == grpc.StatusCode.NOT_FOUND and details == "Servable not found for request: Latest(half_plus_two)"
    reload(server)
    wait_until(lambda: set(server.states("other").values()) == {END}, "an empty list unloads everything")
    reload(server, entry("half_plus_two", half))
    assert works(server), "a model that was removed can come back"


@pytest.mark.parametrize(
    "entries, text",
    [
        (
            [entry("a", "/x"), entry("a", "/y")],
            "Illegal to list model a multiple times in config list",
        ),
        ([entry("a", "relative")], "Expected model a to have an absolute path or URI; got base_path()=relative"),
        (
            ['config { name: "a" base_path: "/x" }'],
            "Illegal setting neither ModelServerConfig::model_type (deprecated) nor ModelServerConfig::model_platform, "
            "model name is a",
        ),
        (
            ['config { name: "a" base_path: "/x" model_platform: "tensorflow" model_type: TENSORFLOW }'],
            "Illegal setting both ModelServerConfig::model_type (deprecated) and ModelServerConfig::model_platform, "
            "model name is a",
        ),
        (
            ['config { name: "a" base_path: "/x" model_platform: "caffe" }'],
            "Model a requests unsupported platform caffe",
        ),
    ],
)
def test_list_that_is_not_valid_changes_nothing(server, half, entries, text):
    code, details = refusal(lambda: reload(server, entry("half_plus_two", half), *entries))
    assert (code, details) == (grpc.StatusCode.INVALID_ARGUMENT, text)
    assert works(server) and not server.states("a")


def test_request_without_a_list_is_refused(server):
    text = (
        "ServerModelConfig type not supported by HandleReloadConfigRequest. Only ModelConfigList is currently supported"
    )
    custom = model_management_pb2.ReloadConfigRequest()
    custom.config.custom_model_config.type_url = "type.googleapis.com/x"
    for request in (model_management_pb2.ReloadConfigRequest(), custom):
        call = lambda request=request: server.models.HandleReloadConfigRequest(request, timeout=5)
        assert refusal(call) == (grpc.StatusCode.INVALID_ARGUMENT, text)


def test_bad_models_are_named_and_delay_nobody(server, half, tmp_path):
    broken, empty = tmp_path / "broken", tmp_path / "empty"
    shutil.copytree(half / "1", broken / "7")
    (broken / "7" / "saved_model.pb").write_bytes(b"\xff" * 100)
    empty.mkdir()
    begin = time.monotonic()
    code, details = refusal(
        lambda: reload(
            server, entry("half_plus_two", half), entry("broken", broken), entry("empty", empty),
            entry("nowhere", tmp_path / "nowhere"), entry("good", half),
        )
    )  # fmt: skip
    assert time.monotonic() - begin < 30, "the answer is bounded"
    assert code == grpc.StatusCode.UNKNOWN
    assert details.startswith("3 model(s) did not become available: {{name: broken version: 7} due to error: "), details
    assert "{{name: empty} due to error: NOT_FOUND: No versions of servable empty found under base path" in details
    assert "{{name: nowhere} due to error: NOT_FOUND: Could not find base path" in details
    assert works(server) and works(server, "good"), "the good one is served, and the old one still"
    begin = time.monotonic()
    reload(server, entry("half_plus_two", half), entry("third", half))
    assert works(server, "third") and time.monotonic() - begin < 30, "later reloads are not delayed"


def test_model_that_failed_can_be_tried_again_by_a_reload(server, half, tmp_path):
    later = tmp_path / "later"
    code, _ = refusal(lambda: reload(server, entry("half_plus_two", half), entry("later", later)))
    assert code == grpc.StatusCode.UNKNOWN
    shutil.copytree(half, later)
    server.wait_for("later")
    reload(server, entry("half_plus_two", half), entry("later", later))
    assert works(server, "later")


def test_changed_policy_takes_effect_before_the_answer(tmp_path):
    base = tmp_path / "digits"
    base.mkdir()
    for version in (1, 2):
        place(version_folder(version), base / str(version))
    with serving.Server("--model_name=digits", f"--model_base_path={base}", ready=["digits"]) as server:
        assert digits_version(server) == 2
        reload(server, entry("digits", base, "model_version_policy { specific { versions: 1 } }"))
        wait_until(lambda: server.states("digits")[2] == END, "version 2 is unloaded", 5)
        assert digits_version(server) == 1
        reload(server, entry("digits", base, "model_version_policy { all {} }"))
        assert server.states("digits") == {1: AVAILABLE, 2: AVAILABLE}


def test_reload_without_polling_looks_once(half, tmp_path):
    flags = ["--model_name=half_plus_two", f"--model_base_path={half}", "--file_system_poll_wait_seconds=0"]
    with serving.Server(*flags, ready=["half_plus_two"]) as server:
        reload(server, entry("half_plus_two", half), entry("other", half))
        assert works(server, "other")


def test_answer_comes_before_the_deadline_of_the_caller(server, half, tmp_path):
    """A model that fails is tried again after a minute; whoever asks for a bounded answer gets one."""
    begin = time.monotonic()
    refusal(lambda: reload(server, entry("nowhere", tmp_path / "nowhere"), timeout=20))
    assert time.monotonic() - begin < 20


def test_increase_of_a_metric_is_reported(server, half):
    name = "/tensorflow/cc/saved_model/load_attempt_count"
    answer = reload(
        server, entry("half_plus_two", half), entry("b", half), entry("c", half), metrics=[name, "/no/such/metric"]
    )
    assert [(metric.name, metric.int64_value_increase) for metric in answer.metric] == [(name, 2)]


def test_file_is_read_again_on_hang_up(server, half):
    server.config.write_text("model_config_list { " + entry("renamed", half) + "}")
    server.process.send_signal(signal.SIGHUP)
    server.wait_for("renamed")
    wait_until(lambda: set(server.states("half_plus_two").values()) == {END}, "the old name is gone")
    for text in ("", "model_config_list {", "model_config_list { config { nam: 1 } }"):
        server.config.write_text(text)
        server.process.send_signal(signal.SIGHUP)
        time.sleep(0.3)
    assert works(server, "renamed"), "files that are empty, cut off or wrong change nothing"
    assert "Failed to read ModelServerConfig file: " in server.log


def test_file_is_read_again_periodically(half, tmp_path):
    path = tmp_path / "models.config"
    path.write_text("model_config_list { " + entry("half_plus_two", half) + "}")
    flags = [f"--model_config_file={path}", "--model_config_file_poll_wait_seconds=1"]
    with serving.Server(*flags, ready=["half_plus_two"]) as server:
        path.write_text("model_config_list { " + entry("half_plus_two", half) + entry("other", half) + "}")
        server.wait_for("other")
        path.unlink()
        server.expect_logged("Failed to read ModelServerConfig file: ")
        time.sleep(2.5)
        assert works(server) and works(server, "other")
        assert server.log.count("Failed to read ModelServerConfig file: ") == 1, "not at every look"


def test_storm_of_reloads_fails_no_prediction(tmp_path):
    """Twenty reloads a second with good and bad lists; the model that all good lists name never misses a request."""
    base = tmp_path / "digits"
    base.mkdir()
    for version in (1, 2):
        place(version_folder(version), base / str(version))
    chance = random.Random(4)

    def some_list():
        policy = chance.choice(["latest { num_versions: 2 }", "all {}", "specific { versions: 1 }", "specific { versions: 2 }"])
        entries = [entry("digits", base, f"model_version_policy {{ {policy} }}")]
        for name in "abcdef":
            kind = chance.randrange(5)
            if kind == 0:
                entries.append(entry(name, HALF))
            elif kind == 1:
                entries.append(entry(name, tmp_path / "nowhere"))
            elif kind == 2:
                entries.append(entry(name, chance.choice([base, HALF])))
        if chance.random() < 0.2:
            entries.append(chance.choice([entry("digits", base), entry("x", "relative"), 'config { name: "y" }']))
        return entries

    with serving.Server("--model_name=digits", f"--model_base_path={base}", ready=["digits"]) as server:
        channel = grpc.insecure_channel(f"127.0.0.1:{server.port}", options=[("grpc.use_local_subchannel_pool", 1)])
        service = model_service_pb2_grpc.ModelServiceStub(channel)
        with Load(server.port) as load:
            calls, end = [], time.monotonic() + 5
            while time.monotonic() < end:
                calls.append(service.HandleReloadConfigRequest.future(reload_request(*some_list()), timeout=20))
                time.sleep(0.05)
            codes = {call.code() for call in calls}
        assert load.failures == 0, load.failed
        assert codes <= {grpc.StatusCode.OK, grpc.StatusCode.UNKNOWN, grpc.StatusCode.INVALID_ARGUMENT}, codes
        assert grpc.StatusCode.OK in codes and grpc.StatusCode.INVALID_ARGUMENT in codes
        service.HandleReloadConfigRequest(reload_request(entry("digits", base)), timeout=20)
        assert digits_version(server) == 2
        channel.close()
