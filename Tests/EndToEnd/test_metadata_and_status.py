"""GetModelMetadata and GetModelStatus."""

import os

import grpc
import pytest
from tensorflow.core.framework import types_pb2
from tensorflow.core.protobuf import saved_model_pb2
from tensorflow_serving.apis import get_model_metadata_pb2, get_model_status_pb2

import serving
from serving import metadata_request, refusal

INVALID = grpc.StatusCode.INVALID_ARGUMENT
NOT_FOUND = grpc.StatusCode.NOT_FOUND


def signatures(answer):
    packed = answer.metadata["signature_def"]
    assert packed.type_url == "type.googleapis.com/tensorflow.serving.SignatureDefMap"
    return get_model_metadata_pb2.SignatureDefMap.FromString(packed.value).signature_def


def exported(version_folder):
    """The signatures that TensorFlow wrote into a SavedModel."""
    with open(os.path.join(version_folder, "saved_model.pb"), "rb") as file:
        return saved_model_pb2.SavedModel.FromString(file.read()).meta_graphs[0].signature_def


@pytest.mark.parametrize(
    "model, folder",
    [
        ("digits", os.path.join(serving.DIGITS, "2")),
        ("half_plus_two", os.path.join(serving.HALF_PLUS_TWO, "1")),
        ("arithmetic", os.path.join(serving.FIXTURES, "models", "arithmetic", "1")),
        ("echo", os.path.join(serving.FIXTURES, "models", "echo", "1")),
        ("counter", os.path.join(serving.FIXTURES, "models", "counter", "1")),
    ],
)
def test_metadata_holds_every_signature_as_exported(server, model, folder):
    answer = server.metadata(metadata_request(model, "signature_def"))
    assert list(answer.metadata) == ["signature_def"]
    assert (answer.model_spec.name, answer.model_spec.version.value) == (model, int(os.path.basename(folder)))
    assert answer.model_spec.signature_name == ""
    got, wanted = signatures(answer), exported(folder)
    assert set(got) == set(wanted)
    for name in wanted:
        assert got[name] == wanted[name], name


def test_metadata_shows_the_init_op_and_defaults(server):
    init = signatures(server.metadata(metadata_request("half_plus_two", "signature_def")))["__saved_model_init_op"]
    output = init.outputs["__saved_model_init_op"]
    assert (output.dtype, output.name, output.tensor_shape.unknown_rank) == (types_pb2.DT_INVALID, "NoOp", True)
    defaulted = signatures(server.metadata(metadata_request("arithmetic", "signature_def")))["defaulted"]
    assert list(defaulted.defaults["b"].float_val) == [100.0]


def test_metadata_of_a_version(server):
    answer = server.metadata(metadata_request("digits", "signature_def", version=2))
    assert answer.model_spec.version.value == 2


def _metadata_without_spec():
    return get_model_metadata_pb2.GetModelMetadataRequest(metadata_field=["signature_def"])


METADATA_REFUSALS = {
    "no model_spec": (_metadata_without_spec(), INVALID, "Missing ModelSpec"),
    "no field": (
        metadata_request("digits"),
        INVALID,
        "GetModelMetadataRequest must specify at least one metadata_field",
    ),
    "unknown field": (metadata_request("digits", "weights"), INVALID, "Metadata field weights is not supported"),
    "unknown field beside a known one": (
        metadata_request("digits", "signature_def", "weights"),
        INVALID,
        "Metadata field weights is not supported",
    ),
    "no name": (metadata_request("", "signature_def"), INVALID, "ModelSpec has no name specified."),
    "unknown model": (
        metadata_request("nobody", "signature_def"),
        NOT_FOUND,
        "Servable not found for request: Latest(nobody)",
    ),
    "unknown version": (
        metadata_request("digits", "signature_def", version=7),
        NOT_FOUND,
        "Servable not found for request: Specific(digits, 7)",
    ),
}


@pytest.mark.parametrize("case", METADATA_REFUSALS)
def test_metadata_refusal(server, case):
    request, code, text = METADATA_REFUSALS[case]
    assert refusal(lambda: server.metadata(request)) == (code, text)


def test_status_of_a_model(server):
    entries = server.status("digits")
    assert list(entries) == [2]
    entry = entries[2]
    assert (entry.state, entry.status.error_code, entry.status.error_message) == (serving.AVAILABLE, 0, "")


def test_status_of_a_version(server):
    assert list(server.status("digits", version=2)) == [2]


def _status(server, name=None, version=None, label=None):
    request = get_model_status_pb2.GetModelStatusRequest()
    if name is not None:
        request.model_spec.name = name
    if version is not None:
        request.model_spec.version.value = version
    if label is not None:
        request.model_spec.version_label = label
    return server.models.GetModelStatus(request, timeout=120)


def test_status_ignores_a_label(server):
    assert [entry.version for entry in _status(server, "digits", label="any").model_version_status] == [2]


def test_status_refusals(server):
    assert refusal(lambda: _status(server)) == (INVALID, "Missing ModelSpec")
    assert refusal(lambda: _status(server, "digits", 9)) == (NOT_FOUND, "Could not find version 9 of model digits")
    assert refusal(lambda: _status(server, "nobody")) == (NOT_FOUND, "Could not find any versions of model nobody")
    assert refusal(lambda: _status(server, "nobody", 9)) == (NOT_FOUND, "Could not find version 9 of model nobody")
