#!/usr/bin/env python3
"""Sends one picture of a digit to the digits model and prints what the model sees in it.

    python3 Examples/digits/client.py Examples/digits/images/3.png [--server HOST:PORT] [--version N]

Needs grpcio, pillow and the stubs of the PyPI package tensorflow-serving-api; `Scripts/install-python` puts them into
.venv. The picture may be of any size, light on dark as in Examples/digits/images.
"""

import argparse
import array

import grpc
from PIL import Image
from tensorflow.core.framework import types_pb2
from tensorflow_serving.apis import predict_pb2, prediction_service_pb2_grpc

SIDE = 28


def pixels(path):
    """The picture at `path` as the model wants it: 28x28 floats between 0 (black) and 1 (white), row by row."""
    grey = Image.open(path).convert("L").resize((SIDE, SIDE))
    return array.array("f", [byte / 255 for byte in grey.tobytes()])


def request(path, version=None):
    message = predict_pb2.PredictRequest()
    message.model_spec.name = "digits"
    message.model_spec.signature_name = "predict_classes"
    if version is not None:
        message.model_spec.version.value = version
    image = message.inputs["image"]
    image.dtype = types_pb2.DT_FLOAT
    for size in (1, SIDE, SIDE, 1):
        image.tensor_shape.dim.add(size=size)
    image.tensor_content = pixels(path).tobytes()
    return message


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("picture")
    parser.add_argument("--server", default="localhost:8500")
    parser.add_argument("--version", type=int, help="ask this version of the model; the newest if left out")
    options = parser.parse_args()

    with grpc.insecure_channel(options.server) as channel:
        service = prediction_service_pb2_grpc.PredictionServiceStub(channel)
        try:
            answer = service.Predict(request(options.picture, options.version), timeout=10)
        except grpc.RpcError as error:
            raise SystemExit(f"{options.server} answered {error.code().name}: {error.details()}")
    scores = answer.outputs["decoded"].float_val
    best = max(range(10), key=scores.__getitem__)
    print(f"{best}  (score {scores[best]:.3f}, digits version {answer.model_spec.version.value})")


if __name__ == "__main__":
    main()
