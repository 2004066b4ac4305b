#!/usr/bin/env python3
"""Records TFRecord files as TensorFlow writes and reads them, and PredictionLogs as TensorFlow Serving's stubs encode them.

    record-warmup-fixtures.py          (needs tensorflow and tensorflow-serving-api)

Tests/Fixtures/Records/three.tfrecord: three records of 5, 0 and 40 bytes.
Tests/Fixtures/Records/verdicts.txt: what TensorFlow's reader says to that file cut off behind byte N (`cut N`) or with the
lowest bit of byte N turned round (`flip N`): the lengths of the records that it reads, then its error or `end`; separated by tabs.
Tests/Fixtures/WarmUp/logs.txt: `NAME<TAB>bytes in hexadecimal`.
"""
import os
import pathlib
import tempfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
import tensorflow as tf
from tensorflow.core.framework import types_pb2
from tensorflow_serving.apis import predict_pb2, prediction_log_pb2
from tensorflow_serving.config import logging_config_pb2

ROOT = pathlib.Path(__file__).absolute().parent.parent
FIXTURES = ROOT / "Tests/Fixtures"


def verdict(content):
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        lengths = []
        try:
            for record in tf.compat.v1.io.tf_record_iterator(file.name):
                lengths.append(str(len(record)))
        except tf.errors.DataLossError as error:
            return ",".join(lengths), error.message
        return ",".join(lengths), "end"


def records():
    folder = FIXTURES / "Records"
    folder.mkdir(exist_ok=True)
    path = folder / "three.tfrecord"
    with tf.io.TFRecordWriter(str(path)) as writer:
        for record in (b"hello", b"", b"x" * 40):
            writer.write(record)
    content = path.read_bytes()
    rows = []
    for count in range(len(content) + 1):
        rows.append((f"cut {count}", *verdict(content[:count])))
    for position in range(len(content)):
        changed = bytearray(content)
        changed[position] ^= 1
        rows.append((f"flip {position}", *verdict(bytes(changed))))
    (folder / "verdicts.txt").write_text("".join("\t".join(row) + "\n" for row in rows))


def predict_request(values, signature="", alias="x", dtype=types_pb2.DT_FLOAT, outputs=()):
    request = predict_pb2.PredictRequest()
    request.model_spec.name = "any"
    request.model_spec.signature_name = signature
    tensor = request.inputs[alias]
    tensor.dtype = dtype
    tensor.tensor_shape.dim.add(size=len(values))
    tensor.float_val.extend(values)
    request.output_filter.extend(outputs)
    return request


def logs():
    Log = prediction_log_pb2.PredictionLog
    made = {}

    def predict(name, request):
        made[name] = Log(predict_log=prediction_log_pb2.PredictLog(request=request))

    predict("predict", predict_request([1, 2, 5]))
    predict("predict_named_signature", predict_request([1], "serving_default", outputs=["y"]))
    predict("predict_unknown_signature", predict_request([1], "nothing"))
    predict("predict_wrong_input", predict_request([1], alias="z"))
    predict("predict_wrong_type", predict_request([], dtype=types_pb2.DT_INT32))
    made["predict_no_request"] = Log(predict_log=prediction_log_pb2.PredictLog())
    made["nothing_set"] = Log()
    made["classify"] = Log(classify_log=prediction_log_pb2.ClassifyLog())
    made["regress"] = Log(regress_log=prediction_log_pb2.RegressLog())
    made["multi_inference"] = Log(multi_inference_log=prediction_log_pb2.MultiInferenceLog())
    made["session_run"] = Log(session_run_log=prediction_log_pb2.SessionRunLog())
    made["predict_streamed"] = Log(predict_streamed_log=prediction_log_pb2.PredictStreamedLog())

    # What a request log holds: the parts, and the whole as it must be written.
    request = predict_request([1, 2, 5])
    response = predict_pb2.PredictResponse()
    response.model_spec.name = "any"
    response.model_spec.version.value = 7
    response.model_spec.signature_name = "serving_default"
    response.outputs["y"].dtype = types_pb2.DT_FLOAT
    response.outputs["y"].tensor_shape.dim.add(size=3)
    response.outputs["y"].float_val.extend([2.5, 3, 4.5])
    sampling = logging_config_pb2.SamplingConfig(sampling_rate=0.25, attributes=1)
    whole = Log(predict_log=prediction_log_pb2.PredictLog(request=request, response=response))
    whole.log_metadata.model_spec.CopyFrom(response.model_spec)
    whole.log_metadata.sampling_config.CopyFrom(sampling)
    whole.log_metadata.saved_model_tags.extend(["gpu", "serve"])
    whole.log_metadata.timestamp_secs = 1_700_000_000
    made |= {"logged_request": request, "logged_response": response, "logged_sampling": sampling, "logged": whole}

    folder = FIXTURES / "WarmUp"
    folder.mkdir(exist_ok=True)
    rows = (f"{name}\t{message.SerializeToString(deterministic=True).hex()}\n" for name, message in made.items())
    (folder / "logs.txt").write_text("".join(rows))


if __name__ == "__main__":
    records()
    logs()
