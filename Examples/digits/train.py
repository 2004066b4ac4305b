#!/usr/bin/env python3
"""Trains the two bundled versions of the digits model and renders the sample pictures.

    python3 Examples/digits/train.py [--models FOLDER] [--images FOLDER]

Version 1 is built, trained briefly and exported the TensorFlow 1 way (graph, session, SavedModelBuilder); version 2 is
a Keras 3 model, trained well and exported by Keras. Both are the same net (Conv 16, pool, Conv 32, pool, Conv 64,
Dense 32, Dense 10 with sigmoid) and have the same signature: `predict_classes`, input `image` (float [batch, 28, 28, 1],
0 black to 1 white), output `decoded` (float [batch, 10], a score for each digit); `serving_default` is the same once more.

Needs tensorflow, keras 3 and pillow from PyPI, and fonts (Debian: fonts-dejavu). Takes some minutes on one core.
"""

import argparse
import os
import shutil

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import keras
import numpy as np
import tensorflow as tf
from PIL import Image

import render

HERE = os.path.dirname(os.path.abspath(__file__))
BRIEF, LONG, HELD_OUT, SAMPLES = 101, 202, 303, 4711  # seeds: no picture of one set is in another
SIGNATURES = ("predict_classes", "serving_default")
LAYERS = {  # name: shape of the weights; the last dimension is also the shape of the bias
    "conv1": (3, 3, 1, 16),
    "conv2": (3, 3, 16, 32),
    "conv3": (3, 3, 32, 64),
    "dense1": (576, 32),
    "dense2": (32, 10),
}


def inputs(pictures):
    """What the model is fed: float [n, 28, 28, 1] between 0 and 1."""
    return pictures[..., None].astype(np.float32) / 255


def accuracy(scores, numbers):
    return float(np.mean(np.argmax(scores, axis=1) == numbers))


# Version 1: TensorFlow 1.


def graph_net(image):
    """The net on `image`; variables are made in, or taken from, the current graph. Returns the logits."""
    v1 = tf.compat.v1

    def weights(name):
        shape = LAYERS[name]
        with v1.variable_scope(name, reuse=v1.AUTO_REUSE):
            kernel = v1.get_variable("weights", shape, initializer=v1.glorot_uniform_initializer(seed=7))
            return kernel, v1.get_variable("bias", shape[-1:], initializer=v1.zeros_initializer())

    x = image
    for name in ("conv1", "conv2", "conv3"):
        kernel, bias = weights(name)
        x = v1.nn.relu(v1.nn.bias_add(v1.nn.conv2d(x, kernel, strides=1, padding="VALID"), bias))
        if name != "conv3":
            x = v1.nn.max_pool(x, ksize=2, strides=2, padding="VALID")
    x = v1.reshape(x, [-1, 576])
    kernel, bias = weights("dense1")
    x = v1.nn.relu(v1.nn.xw_plus_b(x, kernel, bias))
    kernel, bias = weights("dense2")
    return v1.nn.xw_plus_b(x, kernel, bias)


def train_graph(checkpoint):
    """A short training run in a session; leaves the weights in `checkpoint`."""
    v1 = tf.compat.v1
    pictures, numbers = render.pictures(8000, BRIEF)
    with tf.Graph().as_default(), v1.Session() as session:
        v1.set_random_seed(1)
        image = v1.placeholder(tf.float32, [None, 28, 28, 1])
        wanted = v1.placeholder(tf.int64, [None])
        loss = v1.losses.sigmoid_cross_entropy(v1.one_hot(wanted, 10), graph_net(image))
        saver = v1.train.Saver(v1.trainable_variables())
        step = v1.train.AdamOptimizer(0.002).minimize(loss)
        session.run(v1.global_variables_initializer())
        x = inputs(pictures)
        for epoch in range(4):
            for rows in np.random.RandomState(epoch).permutation(len(x)).reshape(-1, 50):
                session.run(step, {image: x[rows], wanted: numbers[rows]})
        saver.save(session, checkpoint, write_meta_graph=False)


def export_graph(checkpoint, folder):
    """Exports the weights in `checkpoint` with a graph that holds only what serving needs."""
    v1 = tf.compat.v1
    with tf.Graph().as_default(), v1.Session() as session:
        image = v1.placeholder(tf.float32, [None, 28, 28, 1], name="image")
        decoded = v1.nn.sigmoid(graph_net(image), name="decoded")
        v1.train.Saver().restore(session, checkpoint)
        signature = v1.saved_model.signature_def_utils.build_signature_def(
            inputs={"image": v1.saved_model.utils.build_tensor_info(image)},
            outputs={"decoded": v1.saved_model.utils.build_tensor_info(decoded)},
            method_name=v1.saved_model.signature_constants.PREDICT_METHOD_NAME,
        )
        builder = v1.saved_model.builder.SavedModelBuilder(folder)
        builder.add_meta_graph_and_variables(
            session, [v1.saved_model.tag_constants.SERVING], signature_def_map={name: signature for name in SIGNATURES}
        )
        builder.save()


# Version 2: Keras 3.


def train_keras():
    """A long training run of the same net in Keras."""
    keras.utils.set_random_seed(2)
    layers = keras.layers
    model = keras.Sequential(
        [
            layers.Input((28, 28, 1), name="image"),
            layers.Conv2D(16, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3, activation="relu"),
            layers.Flatten(),
            layers.Dense(32, activation="relu"),
            layers.Dense(10, activation="sigmoid", name="decoded"),
        ]
    )
    pictures, numbers = render.pictures(40000, LONG)
    x, wanted = inputs(pictures), keras.utils.to_categorical(numbers, 10)
    rate = keras.optimizers.schedules.CosineDecay(0.002, 14 * len(x) // 64)
    model.compile(optimizer=keras.optimizers.Adam(rate), loss="binary_crossentropy")
    model.fit(x, wanted, batch_size=64, epochs=14, verbose=2)
    return model


def export_keras(model, folder):
    archive = keras.export.ExportArchive()
    archive.track(model)
    spec = [tf.TensorSpec((None, 28, 28, 1), tf.float32, name="image")]
    for name in SIGNATURES:
        archive.add_endpoint(name, lambda image: {"decoded": model(image)}, input_signature=spec)
    archive.write_out(folder, verbose=False)


def scores(folder, pictures):
    """TensorFlow's answers of the exported model in `folder`."""
    loaded = tf.saved_model.load(folder)
    return loaded.signatures["predict_classes"](image=tf.constant(inputs(pictures)))["decoded"].numpy()


def render_samples(folder):
    """One picture of each digit, for the client."""
    generator, paths = np.random.RandomState(SAMPLES), render.fonts()
    os.makedirs(folder, exist_ok=True)
    for number in range(10):
        picture = render.digit(generator, paths[generator.randint(len(paths))], number)
        Image.fromarray(picture).save(os.path.join(folder, f"{number}.png"))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", default=os.path.join(HERE, "models", "digits"))
    parser.add_argument("--images", default=os.path.join(HERE, "images"))
    options = parser.parse_args()
    shutil.rmtree(options.models, ignore_errors=True)
    os.makedirs(options.models)
    first, second = (os.path.join(options.models, version) for version in ("1", "2"))

    render_samples(options.images)
    checkpoint = os.path.join(options.models, "checkpoint", "weights")
    tf.compat.v1.disable_resource_variables()
    train_graph(checkpoint)
    export_graph(checkpoint, first)
    shutil.rmtree(os.path.dirname(checkpoint))
    tf.compat.v1.enable_resource_variables()
    export_keras(train_keras(), second)

    pictures, numbers = render.pictures(10000, HELD_OUT)
    for folder in (first, second):
        print(f"{folder}: {accuracy(scores(folder, pictures), numbers):.2%} of {len(numbers)} held-out pictures")


if __name__ == "__main__":
    main()
