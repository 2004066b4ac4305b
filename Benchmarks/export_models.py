#!/usr/bin/env python3
"""Exports the models that benchmarks need beside the bundled ones, with random weights: FOLDER/<name>/1.

    python3 -m venv /tmp/exports && /tmp/exports/bin/pip install tensorflow-cpu==2.21.0
    /tmp/exports/bin/python Benchmarks/export_models.py FOLDER [NAME...]
"""

import argparse
import os

import keras

MODELS = {
    "mobilenet_v2": lambda: keras.applications.MobileNetV2(weights=None),
    "lstm": lambda: keras.Sequential(
        [
            keras.layers.Input((100,), dtype="int32"),
            keras.layers.Embedding(20000, 128),
            keras.layers.LSTM(128),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    ),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder")
    parser.add_argument("names", nargs="*", default=list(MODELS))
    options = parser.parse_args()
    for name in options.names:
        keras.utils.set_random_seed(0)
        MODELS[name]().export(os.path.join(options.folder, name, "1"), verbose=False)


if __name__ == "__main__":
    main()
