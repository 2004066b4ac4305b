#!/usr/bin/env python3
"""Exports the models that benchmarks need beside the bundled ones, with random weights: FOLDER/<name>/1.

    python3 -m venv /tmp/exports && /tmp/exports/bin/pip install tensorflow-cpu==2.21.0
    /tmp/exports/bin/python Benchmarks/export_models.py FOLDER [NAME...]
"""

import argparse
import os

import keras
import tensorflow as tf
from keras import applications, layers


class HalfPlusTwo(tf.Module):
    """Next to nothing to compute: what is left is the price of a run."""

    def __init__(self):
        super().__init__()
        self.half = tf.Variable(0.5)
        self.two = tf.Variable(2.0)

    @tf.function(input_signature=[tf.TensorSpec([None], tf.float32, name="x")])
    def __call__(self, x):
        return {"y": self.half * x + self.two}

    def export(self, folder, **_):
        tf.saved_model.save(self, folder, signatures={"serving_default": self.__call__})


def small_convolutions():
    """Pictures of 28 x 28 and one channel, ten scores."""
    picture = layers.Input((28, 28, 1))
    x = picture
    for channels in (16, 32):
        x = layers.MaxPooling2D(2)(layers.Conv2D(channels, 3, activation="relu")(x))
    x = layers.Flatten()(layers.Conv2D(64, 3, activation="relu")(x))
    x = layers.Dense(32, activation="relu")(x)
    return keras.Model(picture, layers.Dense(10, activation="sigmoid")(x))


def dense_layers():
    """256 features, three hidden layers, one score."""
    features = layers.Input((256,))
    x = features
    for units in (1024, 512, 256):
        x = layers.Dense(units, activation="relu")(x)
    return keras.Model(features, layers.Dense(1, activation="sigmoid")(x))


def recurrent():
    """100 words, one score."""
    words = layers.Input((100,), dtype="int32")
    x = layers.LSTM(128)(layers.Embedding(20000, 128)(words))
    return keras.Model(words, layers.Dense(1, activation="sigmoid")(x))


def transformer(tokens=128, width=768, heads=12, blocks=12):
    """The encoder of BERT's base size over tokens, two scores from the first one."""
    words = layers.Input((tokens,), dtype="int32")
    x = layers.Embedding(30522, width)(words)
    for _ in range(blocks):
        attention = layers.MultiHeadAttention(heads, width // heads)(x, x)
        x = layers.LayerNormalization()(x + attention)
        inner = layers.Dense(4 * width, activation="gelu")(x)
        x = layers.LayerNormalization()(x + layers.Dense(width)(inner))
    return keras.Model(words, layers.Dense(2)(x[:, 0]))


MODELS = {
    "half_plus_two": HalfPlusTwo,
    "mnist_cnn": small_convolutions,
    "mlp": dense_layers,
    "lstm": recurrent,
    "mobilenet_v2": lambda: applications.MobileNetV2(weights=None),
    "efficientnet_b0": lambda: applications.EfficientNetB0(weights=None),
    "resnet50": lambda: applications.ResNet50(weights=None),
    "inception_v3": lambda: applications.InceptionV3(weights=None),
    "bert_base": transformer,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder")
    parser.add_argument("names", nargs="*", metavar="NAME", help=" ".join(MODELS))
    options = parser.parse_args()
    for name in options.names or MODELS:
        if name not in MODELS:
            parser.error(f"no model {name}; there are {', '.join(MODELS)}")
        keras.utils.set_random_seed(0)
        MODELS[name]().export(os.path.join(options.folder, name, "1"), verbose=False)


if __name__ == "__main__":
    main()
