#!/usr/bin/env python3
"""Makes the SavedModels that the end-to-end tests send Examples to, and records TensorFlow's own answers.

    python3 Tests/Fixtures/EndToEnd/record_examples.py

Needs tensorflow from PyPI. Writes models/<name>/1 and examples.json beside this file.

  flowers_v1  made with TensorFlow 1's builder and its functions for signatures, all on one placeholder: `serving_default` (classify),
              `classes`, `scores`, `size` (regress), `raw` (predict); variables, a table of names, sparse and dense features
  flowers_v2  the same with TensorFlow 2: one placeholder for each signature, method names of Predict
  misfits     signatures whose inputs, outputs or results do not suit Classify or Regress, one reason each

examples.json: a list of `{model, call, signature, examples, context, classes, scores | values | error}`; Examples and labels in
hexadecimal, `error` is the beginning of TensorFlow's message.
"""

import json
import os
import shutil

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import numpy as np
import tensorflow as tf

HERE = os.path.dirname(os.path.abspath(__file__))
v1 = tf.compat.v1
signatures_of = v1.saved_model.signature_def_utils

NAMES = ["setosa", "versicolor", "virginica", ""]
WEIGHTS = np.random.RandomState(3).uniform(-1, 1, [4, 4]).astype(np.float32)


def folder(name):
    path = os.path.join(HERE, "models", name, "1")
    shutil.rmtree(path, ignore_errors=True)
    return path


def features():
    """What both versions of the model read."""
    return {
        "measures": tf.io.FixedLenFeature([4], tf.float32),
        "petals": tf.io.FixedLenFeature([], tf.int64, default_value=5),
        "notes": tf.io.VarLenFeature(tf.string),
        "nearby": tf.io.FixedLenSequenceFeature([], tf.float32, allow_missing=True, default_value=0.5),
    }


def scores_and_size(parsed, weights):
    count = tf.cast(tf.math.bincount(tf.cast(parsed["notes"].indices[:, 0], tf.int32),
                                     minlength=tf.shape(parsed["petals"])[0]), tf.float32)
    nearby = tf.reduce_sum(parsed["nearby"], 1)
    size = tf.cast(parsed["petals"], tf.float32) * 2.0 + count + nearby
    return tf.matmul(parsed["measures"], weights) + size[:, None] * 0.25, size


def export(name, build):
    with tf.Graph().as_default(), v1.Session() as session:
        v1.enable_resource_variables()
        signatures = build()
        session.run([v1.global_variables_initializer(), v1.tables_initializer()])
        builder = v1.saved_model.builder.SavedModelBuilder(folder(name))
        builder.add_meta_graph_and_variables(
            session, ["serve"], signature_def_map=signatures, main_op=v1.tables_initializer(), strip_default_attrs=True)
        builder.save()


def flowers_v1():
    serialized = v1.placeholder(tf.string, [None], "tf_example")
    parsed = v1.io.parse_example(serialized, features())
    weights = v1.get_variable("weights", initializer=tf.constant(WEIGHTS))
    scores, size = scores_and_size(parsed, weights)
    best, places = tf.nn.top_k(scores, 3)
    table = tf.lookup.StaticHashTable(
        tf.lookup.KeyValueTensorInitializer(tf.range(4, dtype=tf.int64), tf.constant(NAMES)), "unknown")
    classes = table.lookup(tf.cast(places, tf.int64))
    return {
        "serving_default": signatures_of.classification_signature_def(serialized, classes, best),
        "classes": signatures_of.classification_signature_def(serialized, classes, None),
        "scores": signatures_of.classification_signature_def(serialized, None, best),
        "size": signatures_of.regression_signature_def(serialized, size),
        "raw": signatures_of.predict_signature_def({"inputs": serialized}, {"outputs": size}),
    }


class Flowers(tf.Module):
    def __init__(self):
        super().__init__()
        self.weights = tf.Variable(WEIGHTS)
        self.table = tf.lookup.StaticHashTable(
            tf.lookup.KeyValueTensorInitializer(tf.range(4, dtype=tf.int64), tf.constant(NAMES)), "unknown")

    def parsed(self, serialized):
        return scores_and_size(tf.io.parse_example(serialized, features()), self.weights)

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="inputs")])
    def classify(self, inputs):
        best, places = tf.nn.top_k(self.parsed(inputs)[0], 3)
        return {"classes": self.table.lookup(tf.cast(places, tf.int64)), "scores": best}

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="inputs")])
    def classes(self, inputs):
        return {"classes": self.classify(inputs)["classes"]}

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="inputs")])
    def scores(self, inputs):
        return {"scores": self.classify(inputs)["scores"]}

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="inputs")])
    def size(self, inputs):
        return {"outputs": self.parsed(inputs)[1]}


def flowers_v2():
    model = Flowers()
    names = {"serving_default": model.classify, "classes": model.classes, "scores": model.scores, "size": model.size}
    tf.saved_model.save(model, folder("flowers_v2"), signatures=names)


def misfits():
    serialized = v1.placeholder(tf.string, [None], "tf_example")
    other = v1.placeholder(tf.string, [None], "other")
    numbers = v1.placeholder(tf.float32, [None], "numbers")
    x = v1.io.parse_example(serialized, {"x": v1.io.FixedLenFeature([3], tf.float32)})["x"]
    labels = tf.as_string(x)

    def signature(method, inputs, outputs):
        info = v1.saved_model.utils.build_tensor_info
        return signatures_of.build_signature_def(
            {alias: info(tensor) for alias, tensor in inputs.items()},
            {alias: info(tensor) for alias, tensor in outputs.items()}, "tensorflow/serving/" + method)

    def classify(**outputs):
        return signature("classify", {"inputs": serialized}, outputs)

    def regress(value):
        return signature("regress", {"inputs": serialized}, {"outputs": value})

    checked = tf.debugging.assert_less(x, 100.0, message="x is too large")
    with tf.control_dependencies([checked]):
        guarded = tf.identity(x[:, 0])
    return {
        "serving_default": classify(classes=labels, scores=x),
        "classes_of_numbers": classify(classes=x, scores=x),
        "scores_of_doubles": classify(classes=labels, scores=tf.cast(x, tf.float64)),
        "flat_classes": classify(classes=labels[:, 0], scores=x),
        "one_row_of_classes": classify(classes=labels[:1], scores=x),
        "one_row_of_scores": classify(classes=labels, scores=x[:1]),
        "narrow_scores": classify(classes=labels, scores=x[:, :2]),
        "three_outputs": classify(classes=labels, scores=x, more=x),
        "two_inputs": signature("classify", {"inputs": serialized, "other": other}, {"scores": x}),
        "regress_two_inputs": signature("regress", {"inputs": serialized, "other": other}, {"outputs": x[:, 0]}),
        "regress_other_input": signature("regress", {"examples": serialized}, {"outputs": x[:, 0]}),
        "regress_scalar": regress(tf.reduce_sum(x)),
        "regress_doubles": regress(tf.cast(x[:, 0], tf.float64)),
        "regress_one_row": regress(x[:1, 0]),
        "regress_guarded": regress(guarded),
        "numbers": signature("regress", {"inputs": numbers}, {"outputs": numbers * 2.0}),
        "lengths": signature("regress", {"inputs": other}, {"outputs": tf.cast(tf.strings.length(other), tf.float32)}),
    }


# Requests and TensorFlow's answers


def example(**values):
    made = tf.train.Example()
    for name, value in values.items():
        feature = made.features.feature[name]
        value = value if isinstance(value, list) else [value]
        if not value:
            continue
        if isinstance(value[0], bytes):
            feature.bytes_list.value.extend(value)
        elif isinstance(value[0], float):
            feature.float_list.value.extend(value)
        else:
            feature.int64_list.value.extend(value)
    return made.SerializeToString(deterministic=True)


def inputs():
    """(examples, context) of the requests to the flowers."""
    rng = np.random.RandomState(11)
    measures = lambda: rng.uniform(-2, 2, 4).astype(float).tolist()
    plain = [example(measures=measures())]
    rich = [example(measures=measures(), petals=int(n), notes=[b"a", b"", b"c\x00\xff"][:n], nearby=[1.5] * (n + 1)) for n in range(4)]
    partial = [example(petals=2), example(measures=[1.0, 2.0, 3.0, 4.0]), b""]
    context = example(measures=[0.5, 0.25, -1.0, 2.0], petals=9, notes=[b"from the context"])
    many = [example(measures=measures(), petals=int(n)) for n in range(20)]
    unknown = [plain[0] + b"\x7a\x03abc"]
    return [(plain, None), (rich, None), (many, None), (unknown, None), (partial, context), (plain, b""), (rich, example(other=1)),
            ([b"\x0a\x05ab"], None), ([plain[0], b"\x0a bad"], None), ([example(petals=2)], None),
            ([example(measures=[1.0])], None), ([example(measures=3)], None), ([example(measures=[1.0] * 5)], None)]


def answers(name):
    loaded = tf.saved_model.load(os.path.join(HERE, "models", name, "1"))
    for signature, call in [("serving_default", "classify"), ("classes", "classify"), ("scores", "classify"), ("size", "regress")]:
        run = loaded.signatures[signature]
        alias = next(iter(run.structured_input_signature[1]))
        for examples, context in inputs():
            record = {"model": name, "call": call, "signature": signature, "examples": [one.hex() for one in examples],
                      "context": None if context is None else context.hex()}
            try:
                found = run(**{alias: tf.constant([(context or b"") + one for one in examples])})
            except tf.errors.InvalidArgumentError as error:
                # Without what TensorFlow says of the node, which depends on how it was called.
                text = error.message.split("\n\t [[")[0].split(" [Op:")[0]
                record["error"] = text[max(text.find("Could not parse"), text.find("Name: ")):]
            else:
                if "classes" in found:
                    record["classes"] = [[label.hex() for label in row] for row in found["classes"].numpy().tolist()]
                if "scores" in found:
                    record["scores"] = found["scores"].numpy().tolist()
                if "outputs" in found:
                    record["values"] = found["outputs"].numpy().tolist()
            yield record


def main():
    export("flowers_v1", flowers_v1)
    flowers_v2()
    export("misfits", misfits)
    records = [record for name in ("flowers_v1", "flowers_v2") for record in answers(name)]
    with open(os.path.join(HERE, "examples.json"), "w") as file:
        file.write("[\n" + ",\n".join(json.dumps(record) for record in records) + "\n]\n")


if __name__ == "__main__":
    main()
