#!/usr/bin/env python3
"""Exports half_plus_two, the smallest useful model: y = x / 2 + 2 for every element of a float vector.

    python3 Examples/half_plus_two/export.py [FOLDER]

Needs tensorflow from PyPI. The signature is `serving_default`, input `x`, output `y`, both float [any].
"""

import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import tensorflow as tf


class HalfPlusTwo(tf.Module):
    def __init__(self):
        super().__init__()
        self.a = tf.Variable(0.5, name="a")
        self.b = tf.Variable(2.0, name="b")

    @tf.function(input_signature=[tf.TensorSpec([None], tf.float32, name="x")])
    def predict(self, x):
        return {"y": self.a * x + self.b}


if __name__ == "__main__":
    here = os.path.dirname(os.path.abspath(__file__))
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.join(here, "1")
    model = HalfPlusTwo()
    tf.saved_model.save(model, folder, signatures={"serving_default": model.predict})
