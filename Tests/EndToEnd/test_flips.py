"""A thousand version flips and label moves under load, without one failed request."""

import grpc
import numpy as np
import pytest
from tensorflow_serving.apis import model_service_pb2_grpc, prediction_service_pb2_grpc

import serving
from load import Load
from serving import place, predict_request, refusal
from test_reload import entry, reload_request
from test_versions import digits_version, version_folder

FLIPS = 1000
LABEL_MOVES = 100


@pytest.fixture
def base(tmp_path):
    folder = tmp_path / "digits"
    folder.mkdir()
    for version in (1, 2):
        place(version_folder(version), folder / str(version))
    return folder


@pytest.fixture
def server(base):
    with serving.Server("--model_name=digits", f"--model_base_path={base}", ready=["digits"]) as running:
        yield running


def lister(server, base):
    """Applies lists of models through a connection of its own."""
    channel = grpc.insecure_channel(f"127.0.0.1:{server.port}", options=[("grpc.use_local_subchannel_pool", 1)])
    service = model_service_pb2_grpc.ModelServiceStub(channel)
    return lambda more: service.HandleReloadConfigRequest(reload_request(entry("digits", base, more)), timeout=120)


def test_a_thousand_flips_fail_no_request(server, base):
    apply = lister(server, base)
    with Load(server.port, rate=1000) as load:
        for flip in range(FLIPS):
            wanted = 1 + flip % 2
            apply(f"model_version_policy {{ specific {{ versions: {wanted} }} }}")
    assert load.failures == 0, load.failed
    assert load.versions == {"1", "2"}
    assert digits_version(server) == wanted


def test_labels_move_at_once_and_never_point_to_nothing(server, base):
    apply = lister(server, base)

    def labels(stable, canary):
        return (
            "model_version_policy { all {} } "
            f'version_labels {{ key: "stable" value: {stable} }} version_labels {{ key: "canary" value: {canary} }}'
        )

    image = np.zeros([1, 28, 28, 1], np.float32)
    channel = grpc.insecure_channel(f"127.0.0.1:{server.port}", options=[("grpc.use_local_subchannel_pool", 1)])
    service = prediction_service_pb2_grpc.PredictionServiceStub(channel)

    def version(label):
        request = predict_request("digits", {"image": image}, signature="predict_classes", label=label)
        return service.Predict(request, timeout=120).model_spec.version.value

    apply(labels(1, 2))
    with Load(server.port, rate=1000) as load:
        for move in range(LABEL_MOVES):
            stable = 1 + move % 2
            asked = [
                service.Predict.future(
                    predict_request("digits", {"image": image}, signature="predict_classes", label=label), timeout=120
                )
                for label in ("stable", "canary") * 5
            ]
            apply(labels(stable, 3 - stable))
            assert (version("stable"), version("canary")) == (stable, 3 - stable)
            assert {call.result().model_spec.version.value for call in asked} <= {1, 2}
    assert load.failures == 0, load.failed
    channel.close()


def test_label_holds_its_version_until_it_moves(server, base):
    apply = lister(server, base)

    def version(label):
        request = predict_request(
            "digits", {"image": np.zeros([1, 28, 28, 1], np.float32)}, signature="predict_classes", label=label
        )
        return server.predict(request).model_spec.version.value

    stable = 'version_labels {{ key: "stable" value: {} }}'.format
    apply("model_version_policy { all {} } " + stable(1))
    code, text = refusal(lambda: apply("model_version_policy { all {} } " + stable(7)))
    assert code == grpc.StatusCode.FAILED_PRECONDITION
    assert text == (
        "Request to assign label to version 7 of model digits, which is not currently available for inference"
    )
    assert version("stable") == 1, "the label stays where it points to something"
    apply("model_version_policy { specific { versions: 2 } } " + stable(1))
    assert version("stable") == 1, "the policy has dropped version 1, the label still needs it"
    assert digits_version(server) == 2
    apply("model_version_policy { specific { versions: 2 } } " + stable(2))
    assert version("stable") == 2
    apply("")
    code, text = refusal(lambda: version("stable"))
    assert (code, text) == (grpc.StatusCode.INVALID_ARGUMENT, "Unrecognized servable version label: stable")
