#!/usr/bin/env python3
"""Makes the small SavedModels of the end-to-end tests and records TensorFlow's own answers for the bundled models.

    python3 Tests/Fixtures/EndToEnd/record.py

Needs tensorflow and pillow from PyPI. Writes models/<name>/1 and goldens.json beside this file.

  echo       a signature for each data type, named after it: input `x`, output `y` = `x`, any shape
  arithmetic `pair` (a, b -> sum, difference, product), `defaulted` (the same with defaults), `matmul`, `gather`, `reshape`;
             no serving_default
  slow       `serving_default`: `rounds` products of two `side` x `side` matrices, done one after the other
  batches    what batching has to cope with: `rows` (x -> twice, successor), `words`, `patient` (takes as long as its largest
             row says), and what has no rows: `scalar`, `fixed`, `total`, `hidden` (a total whose shape is not declared)
  counter    `incr`, `get`, `reset` on a variable that requests change
  unknown    needs ops that no TensorFlow has
  partly     `serving_default` (x -> y = x + 1); `oracle` needs ops that no TensorFlow has, `twisted` an element type that
             its op does not take, in two nodes
"""

import json
import os
import shutil

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import numpy as np
import tensorflow as tf
from PIL import Image

HERE = os.path.dirname(os.path.abspath(__file__))
EXAMPLES = os.path.join(HERE, "..", "..", "..", "Examples")
v1 = tf.compat.v1

ECHOED = "float double half bfloat16 int8 uint8 int16 uint16 int32 uint32 int64 uint64 bool string complex64 complex128"


def folder(name):
    path = os.path.join(HERE, "models", name, "1")
    shutil.rmtree(path, ignore_errors=True)
    return path


def signature(inputs, outputs, defaults=None):
    info = v1.saved_model.utils.build_tensor_info
    made = v1.saved_model.signature_def_utils.build_signature_def(
        inputs={alias: info(tensor) for alias, tensor in inputs.items()},
        outputs={alias: info(tensor) for alias, tensor in outputs.items()},
        method_name=v1.saved_model.signature_constants.PREDICT_METHOD_NAME,
    )
    for alias, value in (defaults or {}).items():
        made.defaults[alias].CopyFrom(tf.make_tensor_proto(value, dtype=inputs[alias].dtype))
    return made


def export(name, build):
    """Exports the graph that `build` makes; it returns the signatures."""
    with tf.Graph().as_default(), v1.Session() as session:
        signatures = build()
        session.run(v1.global_variables_initializer())
        builder = v1.saved_model.builder.SavedModelBuilder(folder(name))
        builder.add_meta_graph_and_variables(session, ["serve"], signature_def_map=signatures, strip_default_attrs=True)
        builder.save()


def echo():
    def one(name):
        dtype = {"float": tf.float32, "double": tf.float64}.get(name) or tf.as_dtype(name)
        x = v1.placeholder(dtype, name=f"{name}_x")
        return signature({"x": x}, {"y": tf.identity(x, name=f"{name}_y")})

    return {name: one(name) for name in ECHOED.split()}


def arithmetic():
    a, b = v1.placeholder(tf.float32, [None], name="a"), v1.placeholder(tf.float32, [None], name="b")
    pair = {"sum": a + b, "difference": a - b, "product": a * b}
    left, right = v1.placeholder(tf.float32, name="left"), v1.placeholder(tf.float32, name="right")
    rows, shape = v1.placeholder(tf.int32, name="rows"), v1.placeholder(tf.int32, name="shape")
    table = tf.constant([10.0, 11.0, 12.0, 13.0, 14.0])
    return {
        "pair": signature({"a": a, "b": b}, pair),
        "defaulted": signature({"a": a, "b": b}, pair, defaults={"b": [100.0]}),
        "matmul": signature({"left": left, "right": right}, {"product": tf.matmul(left, right, name="matmul")}),
        "gather": signature({"rows": rows}, {"values": tf.gather(table, rows, name="gather")}),
        "reshape": signature({"values": left, "shape": shape}, {"reshaped": tf.reshape(left, shape, name="reshape")}),
    }


def slow():
    side, rounds = v1.placeholder(tf.int32, [], name="side"), 64
    ones = tf.fill(tf.stack([side, side]), 1.0)
    scale = 1.0 / tf.cast(side, tf.float32)
    product = ones
    for _ in range(rounds):
        product = tf.matmul(product, ones) * scale
    return {"serving_default": signature({"side": side}, {"mean": tf.reduce_mean(product)})}


def batches():
    x = v1.placeholder(tf.float32, [None, None], name="x")
    text = v1.placeholder(tf.string, [None, None], name="text")
    values = v1.placeholder(tf.float32, [None], name="values")
    single, two = v1.placeholder(tf.float32, [], name="single"), v1.placeholder(tf.float32, [2], name="two")
    turns = v1.placeholder(tf.int32, [None], name="turns")
    unit = tf.linalg.diag(tf.ones([48]))

    def turn(count, matrix):
        return count + 1, tf.matmul(matrix, unit)

    longest = tf.reduce_max(turns)
    _, matrix = tf.while_loop(lambda count, _: count < longest, turn, [0, unit], parallel_iterations=1)
    # Of no known rank, so that nobody sees that it is a scalar.
    nothing = tf.boolean_mask(tf.shape(values), tf.shape(values) < 0)
    return {
        "rows": signature({"x": x}, {"twice": x * 2.0, "successor": x + 1.0}),
        "words": signature({"text": text}, {"loud": tf.strings.join([text, "!"])}),
        "patient": signature({"turns": turns}, {"done": turns + tf.cast(matrix[0, 1], tf.int32)}),
        "scalar": signature({"x": single}, {"y": single + 1.0}),
        "fixed": signature({"x": two}, {"y": two + 1.0}),
        "total": signature({"x": values}, {"total": tf.reduce_sum(values)}),
        "hidden": signature({"x": values}, {"total": tf.reshape(tf.reduce_sum(values), nothing)}),
    }


class Counter(tf.Module):
    def __init__(self):
        super().__init__()
        self.count = tf.Variable(0, dtype=tf.int64)

    @tf.function(input_signature=[tf.TensorSpec([], tf.int64, name="by")])
    def incr(self, by):
        return {"count": self.count.assign_add(by)}

    @tf.function(input_signature=[])
    def get(self):
        return {"count": self.count.read_value()}

    @tf.function(input_signature=[tf.TensorSpec([], tf.int64, name="to")])
    def reset(self, to):
        return {"count": self.count.assign(to)}


def unknown():
    """Rewrites the op names of an exported model: nothing of TensorFlow's can make such a graph."""

    def build():
        x = v1.placeholder(tf.float32, [None], name="x")
        return {"serving_default": signature({"x": x}, {"y": tf.negative(tf.exp(x, name="first"), name="second")})}

    export("unknown", build)
    rewrite_ops("unknown", {"first": "ReadTeaLeaves", "second": "ConsultTheOracle"})


def rewrite_ops(name, ops):
    """Gives nodes of the exported model `name` other ops."""
    from tensorflow.core.protobuf import saved_model_pb2

    path = os.path.join(HERE, "models", name, "1", "saved_model.pb")
    with open(path, "rb") as file:
        model = saved_model_pb2.SavedModel.FromString(file.read())
    graph = model.meta_graphs[0]
    for node in graph.graph_def.node:
        node.op = ops.get(node.name, node.op)
    del graph.meta_info_def.stripped_op_list.op[:]
    with open(path, "wb") as file:
        file.write(model.SerializeToString(deterministic=True))


def partly():
    """As `unknown`, beside a signature that can be served, and one whose ops do not take strings."""

    def build():
        x = v1.placeholder(tf.float32, [None], name="x")
        unknown = tf.negative(tf.exp(x, name="first"), name="second")
        text = v1.placeholder(tf.string, [None], name="text")
        lower, upper = tf.strings.lower(text, name="lower"), tf.strings.upper(text, name="upper")
        return {
            "serving_default": signature({"x": x}, {"y": tf.add(x, 1.0, name="y")}),
            "oracle": signature({"x": x}, {"y": unknown}),
            "twisted": signature({"text": text}, {"lower": lower, "upper": upper}),
        }

    export("partly", build)
    rewrite_ops(
        "partly", {"first": "ReadTeaLeaves", "second": "ConsultTheOracle", "lower": "Neg", "upper": "Sqrt"})


def digit_answers():
    pictures = [np.asarray(Image.open(os.path.join(EXAMPLES, "digits", "images", f"{n}.png"))) for n in range(10)]
    pictures = np.stack(pictures)[..., None].astype(np.float32) / 255
    noise = np.random.RandomState(5).uniform(0, 1, [16, 28, 28, 1]).astype(np.float32)
    answers = {}
    for version in ("1", "2"):
        model = tf.saved_model.load(os.path.join(EXAMPLES, "digits", "models", "digits", version))
        run = model.signatures["predict_classes"]
        answers[version] = {
            "pictures": run(image=tf.constant(pictures))["decoded"].numpy().tolist(),
            "noise": run(image=tf.constant(noise))["decoded"].numpy().tolist(),
        }
    return answers


def half_plus_two_answers():
    model = tf.saved_model.load(os.path.join(EXAMPLES, "half_plus_two", "1"))
    x = [1.0, 2.0, 5.0, -3.25, 0.0, 1e30, -1e-30]
    return {"x": x, "y": model.signatures["serving_default"](x=tf.constant(x))["y"].numpy().tolist()}


def main():
    goldens = {"digits": digit_answers(), "half_plus_two": half_plus_two_answers()}
    with open(os.path.join(HERE, "goldens.json"), "w") as file:
        json.dump(goldens, file)
        file.write("\n")
    for build in (echo, arithmetic, slow, batches):
        export(build.__name__, build)
    unknown()
    partly()
    counter = Counter()
    tf.saved_model.save(
        counter, folder("counter"), signatures={"incr": counter.incr, "get": counter.get, "reset": counter.reset}
    )


if __name__ == "__main__":
    main()
