#!/usr/bin/env python3
"""Exports Keras' ResNet50 with all that the server needs to classify pictures with it.

    python3 Examples/resnet50/export.py FOLDER [--weights FILE] [--labels FILE] [--seed N]

writes FOLDER/1, one version of the model. Then

    model_server --rest_api_port=8501 --model_name=resnet50 --model_base_path=FOLDER
    curl -X POST -F image=@dog.png http://localhost:8501/predict

Nothing is downloaded. Without --weights the weights are random, and the answers mean nothing: --weights takes a file that
Keras can load, such as `resnet50_weights_tf_dim_ordering_tf_kernels.h5` of keras.applications. --labels takes the class
index that belongs to them (`imagenet_class_index.json`) or one label a line; without it the labels are class_0, class_1, ….

Needs tensorflow and keras from PyPI.
"""

import argparse
import json
import os
import shutil

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import keras
import tensorflow as tf

SETTINGS = """\
# What keras.applications.resnet50 and Pillow do with a picture before the model sees it. Size and colours stand in the
# model's signature.
resize: BICUBIC
preprocessing: CAFFE
labels: "{labels}"
top_k: 5
"""


def export(model, folder):
    """Writes the model with the signature serving_default: pictures in, probabilities out."""
    archive = keras.export.ExportArchive()
    archive.track(model)
    picture = tf.TensorSpec((None, *model.input_shape[1:]), tf.float32, name="image")
    archive.add_endpoint("serve", lambda image: {"probabilities": model(image, training=False)}, [picture])
    archive.write_out(folder, verbose=False)


def add_settings(folder, labels, count):
    """Writes assets.extra: what the server does with pictures, and what the scores are called."""
    extra = os.path.join(folder, "assets.extra")
    os.makedirs(extra, exist_ok=True)
    if labels:
        name = os.path.basename(labels)
        shutil.copyfile(labels, os.path.join(extra, name))
    else:
        name = "class_index.json"
        with open(os.path.join(extra, name), "w") as file:
            json.dump({str(index): [f"n{index:08}", f"class_{index}"] for index in range(count)}, file)
    with open(os.path.join(extra, "image_classifier.pbtxt"), "w") as file:
        file.write(SETTINGS.format(labels=name))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder")
    parser.add_argument("--weights", help="a file that Keras can load; without it the weights are random")
    parser.add_argument("--labels", help="a class index in JSON, or one label a line")
    parser.add_argument("--seed", type=int, default=0, help="of random weights")
    options = parser.parse_args()
    keras.utils.set_random_seed(options.seed)
    model = keras.applications.ResNet50(weights=None)
    if options.weights:
        model.load_weights(options.weights)
    version = os.path.join(options.folder, "1")
    export(model, version)
    add_settings(version, options.labels, model.output_shape[-1])
    print(f"wrote {version}")


if __name__ == "__main__":
    main()
