#!/usr/bin/env python3
"""Records what TensorFlow answers for the SavedModels of the tests, and messages as TensorFlow Serving's own stubs encode them.

    record-model-answers.py          (needs tensorflow and tensorflow-serving-api)

Tests/Fixtures/Models/answers.txt: `= FOLDER SIGNATURE` begins a case; `< ALIAS TYPE SHAPE ELEMENTS` is an input and `> ...` an output,
separated by tabs. Elements are in hexadecimal: their bytes, or for strings one entry per element, comma-separated.
Tests/Fixtures/Services/messages.txt: `NAME<TAB>bytes in hexadecimal`.
"""
import os
import pathlib

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
import numpy as np
import tensorflow as tf
from tensorflow.core.framework import types_pb2
from tensorflow.core.protobuf import saved_model_pb2
from tensorflow_serving.apis import get_model_metadata_pb2, get_model_status_pb2, predict_pb2

ROOT = pathlib.Path(__file__).absolute().parent.parent
FIXTURES = ROOT / "Tests/Fixtures"

MODELS = [f"Tests/Fixtures/SavedModels/{name}" for name in (
    "ref_variables", "resource_variables", "partitioned", "every_type", "defaults", "two_shards", "two_tag_sets",
    "keras3_dense", "keras3_saved", "pbtxt")]
MODELS += [f"Tests/Fixtures/EndToEnd/models/{name}/1" for name in ("echo", "arithmetic", "slow")]
MODELS += ["Examples/half_plus_two/1", "Examples/digits/models/digits/1", "Examples/digits/models/digits/2"]

# Inputs that can't be made up from types and shapes.
GIVEN = {
    "pair": {"a": np.float32([1, 2, 3]), "b": np.float32([0.5, -1, 4])},
    "defaulted": {"a": np.float32([1, 2, 3]), "b": np.float32([0.5])},
    "matmul": {"left": np.arange(6, dtype=np.float32).reshape(2, 3), "right": np.arange(12, dtype=np.float32).reshape(3, 4)},
    "gather": {"rows": np.int32([[4, 0], [2, 2]])},
    "reshape": {"values": np.arange(6, dtype=np.float32), "shape": np.int32([3, 2])},
}


def made_up(spec, random):
    shape = [2, 3] if spec.shape.rank is None else [2 if size is None else size for size in spec.shape]
    if spec.dtype == tf.string:
        return np.resize(np.array([b"red", b"", b"\xff\x00z"], object), shape)
    if spec.dtype.is_complex:
        return (random.normal(size=shape) + 1j * random.normal(size=shape)).astype(spec.dtype.as_numpy_dtype)
    if spec.dtype.is_floating:
        return random.normal(size=shape).astype(spec.dtype.as_numpy_dtype)
    return random.randint(0, 5, shape).astype(spec.dtype.as_numpy_dtype)


def row(mark, alias, value):
    value = np.asarray(value)
    if value.dtype == object:
        elements = ",".join(element.hex() for element in value.reshape(-1))
    else:
        elements = np.ascontiguousarray(value).tobytes().hex()
    kind = types_pb2.DataType.Name(tf.as_dtype(value.dtype if value.dtype != object else tf.string).as_datatype_enum)
    return "\t".join([f"{mark} {alias}", kind, ",".join(map(str, value.shape)), elements])


def answers():
    lines, random = [], np.random.RandomState(7)
    for folder in MODELS:
        model = tf.saved_model.load(str(ROOT / folder), tags=["serve"])
        for name in sorted(model.signatures):
            run = model.signatures[name]
            specs = run.structured_input_signature[1]
            feeds = GIVEN.get(name) or {alias: made_up(spec, random) for alias, spec in sorted(specs.items())}
            lines.append(f"= {folder}\t{name}")
            lines += [row("<", alias, value) for alias, value in feeds.items()]
            results = run(**{alias: tf.constant(value, specs[alias].dtype) for alias, value in feeds.items()})
            lines += [row(">", alias, value.numpy()) for alias, value in sorted(results.items())]
    return lines


def predict(name="half_plus_two", signature="", version=None, label=None, filters=(), **inputs):
    request = predict_pb2.PredictRequest(output_filter=filters)
    request.model_spec.name = name
    request.model_spec.signature_name = signature
    if version is not None:
        request.model_spec.version.value = version
    if label is not None:
        request.model_spec.version_label = label
    for alias, value in inputs.items():
        request.inputs[alias].CopyFrom(tf.make_tensor_proto(np.asarray(value, np.float32)))
    return request


def answer(version, signature, **outputs):
    response = predict_pb2.PredictResponse()
    response.model_spec.name = "half_plus_two"
    response.model_spec.version.value = version
    response.model_spec.signature_name = signature
    for alias, value in outputs.items():
        tensor = response.outputs[alias]
        tensor.dtype = types_pb2.DT_FLOAT
        tensor.tensor_shape.dim.add().size = len(value)
        tensor.float_val.extend(value)
    return response


def status(name, version=None, label=None):
    request = get_model_status_pb2.GetModelStatusRequest()
    request.model_spec.name = name
    if version is not None:
        request.model_spec.version.value = version
    if label is not None:
        request.model_spec.version_label = label
    return request


def states(*versions):
    response = get_model_status_pb2.GetModelStatusResponse()
    for version, state, code, text in versions:
        one = response.model_version_status.add(version=version, state=state)
        one.status.error_code = code
        one.status.error_message = text
    return response


def metadata(name, *fields):
    request = get_model_metadata_pb2.GetModelMetadataRequest(metadata_field=fields)
    request.model_spec.name = name
    return request


def described():
    model = saved_model_pb2.SavedModel.FromString((ROOT / "Examples/half_plus_two/1/saved_model.pb").read_bytes())
    signatures = get_model_metadata_pb2.SignatureDefMap()
    for key, signature in model.meta_graphs[0].signature_def.items():
        signatures.signature_def[key].CopyFrom(signature)
    response = get_model_metadata_pb2.GetModelMetadataResponse()
    response.model_spec.name = "half_plus_two"
    response.model_spec.version.value = 1
    response.metadata["signature_def"].Pack(signatures, deterministic=True)
    return response


def messages():
    x = [1.0, 2.0, 5.0]
    broken = predict()
    broken.inputs["x"].dtype = types_pb2.DT_FLOAT
    broken.inputs["x"].tensor_shape.dim.add().size = -1
    integers = predict()
    integers.inputs["x"].CopyFrom(tf.make_tensor_proto(np.int32([1])))
    available = get_model_status_pb2.ModelVersionStatus.AVAILABLE
    return {
        "predict": predict(x=x),
        "predict_version": predict(version=1, x=x),
        "predict_named_signature": predict(signature="serving_default", x=x),
        "predict_filtered": predict(filters=["y"], x=x),
        "predict_no_spec": predict_pb2.PredictRequest(),
        "predict_no_name": predict(name="", x=x),
        "predict_unknown_model": predict(name="nobody", x=x),
        "predict_unknown_version": predict(version=7, x=x),
        "predict_unknown_label": predict(label="canary", x=x),
        "predict_unknown_signature": predict(signature="nothing", x=x),
        "predict_no_input": predict(),
        "predict_wrong_input": predict(z=x),
        "predict_extra_input": predict(x=x, z=x),
        "predict_unknown_output": predict(filters=["y", "z"], x=x),
        "predict_repeated_output": predict(filters=["y", "y"], x=x),
        "predict_undecodable": broken,
        "predict_wrong_type": integers,
        "predict_answer": answer(1, "serving_default", y=[2.5, 3.0, 4.5]),
        "status": status("half_plus_two"),
        "status_version": status("half_plus_two", version=1),
        "status_label": status("half_plus_two", label="canary"),
        "status_no_spec": get_model_status_pb2.GetModelStatusRequest(),
        "status_unknown_model": status("nobody"),
        "status_unknown_version": status("half_plus_two", version=7),
        "status_answer": states((1, available, 0, "")),
        "metadata": metadata("half_plus_two", "signature_def"),
        "metadata_no_spec": get_model_metadata_pb2.GetModelMetadataRequest(metadata_field=["signature_def"]),
        "metadata_no_field": metadata("half_plus_two"),
        "metadata_unknown_field": metadata("half_plus_two", "weights"),
        "metadata_unknown_model": metadata("nobody", "signature_def"),
        "metadata_answer": described(),
    }


def main():
    for folder in ("Models", "Services"):
        (FIXTURES / folder).mkdir(exist_ok=True)
    (FIXTURES / "Models/answers.txt").write_text("".join(line + "\n" for line in answers()))
    encoded = {name: message.SerializeToString(deterministic=True).hex() for name, message in messages().items()}
    (FIXTURES / "Services/messages.txt").write_text("".join(f"{n}\t{h}\n" for n, h in encoded.items()))


if __name__ == "__main__":
    main()
