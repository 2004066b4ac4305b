"""Version labels: taken from the configuration, in effect when their version is there, and never pointing to nothing."""

import shutil

import grpc
import numpy as np
import pytest

import serving
from serving import AVAILABLE, END, metadata_request, place, predict_request, refusal, wait_until
from test_versions import version_folder

INVALID, MISSING = grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.NOT_FOUND


@pytest.fixture
def base(tmp_path):
    base = tmp_path / "digits"
    base.mkdir()
    return base


def served(base, labels, *flags, policy="latest {}"):
    """A server of the digits under `base` with `labels` {label: version} in its configuration file."""
    entries = "".join(f'version_labels {{ key: "{label}" value: {version} }}\n' for label, version in labels.items())
    path = base.parent / "models.config"
    path.write_text(
        f'model_config_list {{ config {{ name: "digits" base_path: "{base}" model_platform: "tensorflow"\n'
        f"model_version_policy {{ {policy} }}\n{entries} }} }}\n"
    )
    return serving.Server(f"--model_config_file={path}", "--file_system_poll_wait_seconds=1", *flags, ready=["digits"])


def request(**spec):
    return predict_request(
        "digits", {"image": np.zeros([1, 28, 28, 1], np.float32)}, signature="predict_classes", **spec
    )


def version(server, **spec):
    return server.predict(request(**spec)).model_spec.version.value


def label_error(server, label):
    return refusal(lambda: server.predict(request(label=label)))


def unrecognized(label):
    return INVALID, f"Unrecognized servable version label: {label}"


def test_labels_of_the_start_up_file_name_versions(base):
    for number in (1, 2):
        place(version_folder(number), base / str(number))
    with served(base, {"stable": 1, "canary": 2, "other": 1}, policy="all {}") as server:
        server.wait_for("digits", 1)
        server.wait_for("digits", 2)
        assert [version(server, label=label) for label in ("stable", "canary", "other")] == [1, 2, 1]
        assert version(server) == 2 and version(server, version=1) == 1
        answer = server.predict(request(label="stable"))
        assert answer.model_spec.WhichOneof("version_choice") == "version"
        assert answer.model_spec.name == "digits" and answer.model_spec.signature_name == "predict_classes"
        about = metadata_request("digits", "signature_def")
        about.model_spec.version_label = "stable"
        assert server.metadata(about).model_spec.version.value == 1
        assert label_error(server, "unknown") == unrecognized("unknown")


def test_label_takes_effect_when_its_version_arrives(base):
    place(version_folder(1), base / "1")
    with served(base, {"next": 2}) as server:
        assert label_error(server, "next") == unrecognized("next")
        place(version_folder(2), base / "2")
        server.wait_for("digits", 2)
        assert version(server, label="next") == 2


def test_labelled_version_outlives_its_replacement_and_its_folder(base):
    """The canary comes, the stable version stays for those who ask for it by label or number, whatever else happens."""
    place(version_folder(1), base / "1")
    with served(base, {"stable": 1, "canary": 2}) as server:
        assert version(server, label="stable") == 1
        place(version_folder(2), base / "2")
        server.wait_for("digits", 2)
        assert (version(server), version(server, label="canary")) == (2, 2)
        assert (version(server, label="stable"), version(server, version=1)) == (1, 1)
        shutil.rmtree(base / "1")
        place(version_folder(1), base / "3")
        wait_until(lambda: server.states("digits").get(3) == AVAILABLE, "version 3 is available")
        assert server.states("digits") == {3: AVAILABLE, 2: AVAILABLE, 1: AVAILABLE}
        assert version(server) == 3
        assert (version(server, label="stable"), version(server, label="canary")) == (1, 2)
        assert server.log.count("stays loaded because a label points to it: 'stable'") == 1


def test_version_without_a_label_goes_as_always(base):
    place(version_folder(1), base / "1")
    with served(base, {"canary": 2}) as server:
        place(version_folder(2), base / "2")
        wait_until(lambda: server.states("digits") == {2: AVAILABLE, 1: END}, "version 2 has replaced version 1")
        assert version(server, label="canary") == 2


def test_label_may_point_to_nothing_only_if_that_is_allowed(base):
    place(version_folder(1), base / "1")
    flag = "--allow_version_labels_for_unavailable_models"
    with served(base, {"stable": 1, "ahead": 7}, flag) as server:
        assert version(server, label="stable") == 1
        assert label_error(server, "ahead") == (MISSING, "Servable not found for request: Specific(digits, 7)")
        place(version_folder(2), base / "7")
        server.wait_for("digits", 7)
        assert version(server, label="ahead") == 7
    with served(base, {"ahead": 9}) as server:
        assert label_error(server, "ahead") == unrecognized("ahead")
