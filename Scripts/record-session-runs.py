#!/usr/bin/env python3
"""Makes two small SavedModels and records what TensorFlow's sessions answer when any part of their graphs is run.

    record-session-runs.py          (needs tensorflow)

Tests/Fixtures/SessionRuns/{graph,module}/1, and runs.json: for each model the runs in order, on one session, since some of
them change variables. A run is what is fed, fetched and run, with the tensors or the error that came of it.
"""
import json
import os
import pathlib
import re
import shutil

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
import numpy as np
import tensorflow as tf
from tensorflow.core.protobuf import config_pb2
from tensorflow.python.client import pywrap_tf_session as native
from tensorflow.python.framework import errors

v1 = tf.compat.v1
TARGET = pathlib.Path(__file__).absolute().parent.parent / "Tests/Fixtures/SessionRuns"
F = np.float32


def folder(name):
    path = TARGET / name / "1"
    shutil.rmtree(path, ignore_errors=True)
    return str(path)


# ---- the models


def make_graph():
    """A graph of TensorFlow 1: variables of both kinds, a table, strings, control flow, files."""
    v1.disable_control_flow_v2()
    with tf.Graph().as_default() as graph, v1.Session() as session:
        x = v1.placeholder(tf.float32, [None, 2], name="x")
        w = v1.get_variable("w", initializer=F([[1, 2], [3, 4]]), use_resource=False)
        y = tf.matmul(x, w, name="y")
        tf.split(y, 2, axis=1, name="parts")
        double = v1.assign(w, w * 2, name="double")
        tf.group(double, name="run_double")
        step = v1.get_variable("step", initializer=np.int64(5), use_resource=True)
        step.assign_add(1, read_value=False, name="bump")
        tf.identity(step.read_value(), name="step_value")
        with tf.control_dependencies([step.assign_add(10, read_value=False, name="bump_first")]):
            tf.identity(step.read_value(), name="bumped")
        value = v1.placeholder(tf.int64, [], name="value")
        step.assign(value, read_value=False, name="set_step")

        v1.get_variable("unset", shape=[2], use_resource=False, collections=["none"])
        unset = v1.get_variable("unset_resource", shape=[2], use_resource=True, collections=["none"])
        tf.identity(unset.read_value(), name="unset_value")

        text = v1.placeholder(tf.string, name="text")
        tf.strings.lower(text, name="lower")
        keys = v1.placeholder(tf.string, [None], name="keys")
        table = tf.lookup.StaticHashTable(
            tf.lookup.KeyValueTensorInitializer(["a", "b"], tf.constant([1, 2], tf.int64)), -1)
        tf.identity(table.lookup(keys), name="found")
        tf.identity(table.size(), name="size")

        scalar = v1.placeholder(tf.float32, [], name="scalar")
        other = v1.placeholder_with_default(F([7]), [None], name="other")
        tf.identity(other, name="other_value")
        tf.cond(scalar > 0, lambda: scalar * 2, lambda: scalar - 1, name="choice")
        limit = tf.constant(3, name="limit")
        turns = v1.while_loop(lambda n: n < limit, lambda n: n + 1, [tf.constant(0, name="zero")], name="loop")
        tf.identity(turns, name="turns")
        tf.constant([1, 2], name="pair")
        tf.strided_slice(tf.constant([1, 2, 3], name="three"), [0], [2], name="front")
        tf.io.read_file(v1.placeholder(tf.string, [], name="path"), name="content")
        tf.debugging.Assert(scalar > 0, ["not positive", scalar], name="positive")

        info = v1.saved_model.build_tensor_info
        signature = v1.saved_model.build_signature_def(
            {"in": info(x)}, {"out": info(y)}, "tensorflow/serving/predict")
        steps = v1.saved_model.build_signature_def(
            {}, {"step": info(graph.get_tensor_by_name("step_value:0"))}, "tensorflow/serving/predict")
        session.run([v1.global_variables_initializer(), v1.tables_initializer()])
        builder = v1.saved_model.Builder(folder("graph"))
        builder.add_meta_graph_and_variables(
            session, ["serve"], {"serving_default": signature, "steps": steps}, main_op=v1.tables_initializer(name="tables"),
            strip_default_attrs=True)
        builder.save()


class Module(tf.Module):
    def __init__(self):
        super().__init__()
        self.w = tf.Variable(F([[1, 2], [3, 4]]), name="w")
        self.count = tf.Variable(np.int64(0), name="count")
        self.table = tf.lookup.StaticHashTable(
            tf.lookup.KeyValueTensorInitializer(["a", "b"], tf.constant([1, 2], tf.int64)), -1)

    @tf.function(input_signature=[tf.TensorSpec([None, 2], tf.float32, name="x")])
    def product(self, x):
        total = tf.zeros([], tf.int32)
        for turn in tf.range(3):
            total += turn
        return {"y": tf.matmul(x, self.w), "total": total}

    @tf.function(input_signature=[tf.TensorSpec([], tf.int64, name="by")])
    def increase(self, by):
        return {"count": self.count.assign_add(by)}

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="keys")])
    def find(self, keys):
        return {"found": self.table.lookup(keys)}


def make_module():
    """What TensorFlow 2 saves: calls of functions, and variables behind them."""
    module = Module()
    tf.saved_model.save(
        module, folder("module"),
        signatures={"serving_default": module.product, "increase": module.increase, "find": module.find})


# ---- the runs

X = F([[1, 1]])


def run(fetches, feeds=None, targets=()):
    return {"feeds": feeds or {}, "fetches": list(fetches), "targets": list(targets)}


GRAPH = [
    run(["y:0"], {"x:0": X}),
    run(["y"], {"x": X}),
    run(["y:0", "y:0", "w:0", "y:0"], {"x:0": X}),
    run(["parts:1", "parts:0"], {"x:0": X}),
    run(["parts:1"], {"y:0": F([[9, 8, 7, 6]])}),
    run(["w:0", "w/read:0"]),
    run(["y:0"], {"w/read:0": F([[1, 0], [0, 1]]), "x:0": X}),
    run(["y:0"], {"w:0": F([[1, 0], [0, 1]]), "x:0": X}),
    run(["pair"]), run(["pair:00"]), run(["pair:4294967296"]), run(["front"]),
    # Names that are wrong
    run(["nowhere:0"], {"x:0": X}), run(["nowhere"], {"x:0": X}), run(["y:0"], {"nowhere:0": X}),
    run(["nowhere:0"], {"nothing:1": X}), run(["nowhere:0"], {"x:3": X}),
    run(["y:3"], {"x:0": X}), run(["parts:2"]), run(["y:0"], {"x:1": X}), run(["y:7"], {"x:1": X}),
    run(["run_double:0"]), run(["run_double"]), run(["y:0"], {"run_double:0": X}), run(["x:9"], {"y:9": X}),
    run([""]), run([":0"]), run(["y:-1"]), run(["y:x"]), run(["^y"]), run(["y:99999999999"]), run(["y:"]), run(["y/:0"]),
    run(["Y:0"]), run([" y:0"]),
    run([]), run([], {"x:0": X}), run([], {"nowhere:0": X}),
    run([], targets=["nowhere"]), run([], targets=["worst", "run_double", "bad"]), run(["y:0"], {"x:0": X}, ["nowhere"]),
    run(["nowhere:0"], targets=["none"]),
    # Fed and fetched
    run(["x:0"], {"x:0": X}), run(["pair:0"], {"pair:0": np.int32([5])}), run(["x:0"], {"x": X}), run(["y:0"], {"y": X}),
    run(["pair:0"], {"pair": np.int32([5])}), run(["y"], {"x": X, "x:0": X * 2}), run(["y"], {"x": X, "x:00": X * 2}),
    run(["scalar:0", "y:0"], {"x:0": X, "scalar:0": F(1)}),
    # Values that do not fit
    run(["y:0"], {"x:0": X.astype(np.float64)}), run(["y:0"], {"x:0": X, "scalar:0": np.int32(1)}),
    run(["y:0"], {"x:0": np.int32([[1]]), "pair:0": np.float64([1])}), run(["pair:0"], {"step:0": F(1)}),
    run(["lower:0"], {"text:0": X}), run(["y:0"], {"w:0": np.float64([[1, 0], [0, 1]]), "x:0": X}),
    run(["y:0"]), run(["lower:0"]), run(["choice/Merge:0"]), run(["pair:0"], targets=["x"]),
    run(["y:0"], {"x:0": X}, ["x"]),
    run(["unset:0"]), run(["unset/read:0"]), run(["unset_value:0"]),
    run([], {"w:0": X}, ["double"]),
    run(["w:0"], {"scalar:0": F(-1)}, ["positive/AssertGuard/Merge"]),
    run(["pair:0"], {"scalar:0": F(1)}, ["positive/AssertGuard/Merge"]),
    # Inner values, strings, tables, control flow
    run(["other_value:0"]), run(["other_value:0"], {"other:0": F([1, 2])}), run(["other:0"], {"other_value:0": F([1])}),
    run(["lower:0"], {"text:0": np.array([["AB", "C"], ["", "d"]], object)}),
    run(["lower:0"], {"text:0": np.array(b"\xffA", object)}),
    run(["found:0", "size:0"], {"keys:0": np.array(["b", "a", "zz"], object)}), run(["size:0"]),
    run(["found:0"], {"keys:0": np.array([], object)}),
    run(["choice/Merge:0"], {"scalar:0": F(4)}), run(["choice/Merge:0"], {"scalar:0": F(-4)}),
    run(["choice/Merge:0"], {"scalar:0": F(4), "Greater:0": np.bool_(False)}),
    run(["turns:0"]), run(["turns:0"], {"limit:0": np.int32(9)}), run(["turns:0"], {"zero:0": np.int32(2)}),
    run(["pair:0", "lower:0", "y:0"], {"x:0": X, "text:0": np.array(["Q"], object)}),
    run(["pair:0"], {"x:0": X}),
    # Variables that change
    run(["step_value:0"]), run([], targets=["bump"]), run(["step_value:0"]), run(["bumped:0"]), run(["step_value"]),
    run([], {"value:0": np.int64(-3)}, ["set_step"]), run(["step_value:0"]),
    run([], targets=["bump", "bump"]), run(["step_value:0"]), run([], targets=["bump:0"]), run([], targets=["^bump"]),
    run(["step_value:0"]),
    run([], targets=["run_double"]), run(["y:0", "w:0"], {"x:0": X}), run(["double:0"]), run(["y:0"], {"x:0": X}),
    run([], targets=["w/Assign"]), run(["y:0"], {"x:0": X}),
    run([], {"mul:0": F([[1, 1], [1, 1]])}, ["double"]), run(["w/read:0"]),
    run([], {"save/RestoreV2:0": np.int64(77)}, ["save/AssignVariableOp"]), run(["step_value:0"]),
    run([], targets=["unset/Assign"]), run(["y:0"], {"x:0": X}),
]

MODULE = [
    run(["StatefulPartitionedCall_2:0"], {"serving_default_x:0": X}),
    run(["StatefulPartitionedCall_2:1"], {"serving_default_x:0": X}),
    run(["StatefulPartitionedCall_2:0"], {"serving_default_x:0": X.astype(np.float64)}),
    run(["StatefulPartitionedCall_2:0"]),
    run(["w/Read/ReadVariableOp:0"]), run(["count/Read/ReadVariableOp:0"]),
    run(["StatefulPartitionedCall_1:0"], {"increase_by:0": np.int64(3)}), run(["count/Read/ReadVariableOp:0"]),
    run([], {"increase_by:0": np.int64(4)}, ["StatefulPartitionedCall_1"]), run(["count/Read/ReadVariableOp:0"]),
    run(["StatefulPartitionedCall:0"], {"find_keys:0": np.array(["b", "x"], object)}),
    run(["StatefulPartitionedCall:0"], {"StatefulPartitionedCall:0": np.int64([1])}),
    run(["nowhere:0"]), run(["MatMul:0"], {"serving_default_x:0": X}), run([], targets=["Missing"]),
]


class Recorder:
    def __init__(self, name):
        self.graph, self.strangers = tf.Graph(), tf.Graph()
        with self.graph.as_default():
            self.session = v1.Session(graph=self.graph)
            v1.saved_model.loader.load(self.session, ["serve"], str(TARGET / name / "1"))

    def tensor(self, name):
        """The handle of a tensor; one of another graph if this one has no such node."""
        node, slot = name.rsplit(":", 1)
        handle = native.TF_Output()
        handle.oper, handle.index = self.node(node)._c_op, int(slot)
        return handle

    def node(self, name):
        try:
            return self.graph.get_operation_by_name(name)
        except KeyError:
            with self.strangers.as_default():
                try:
                    return self.strangers.get_operation_by_name(name)
                except KeyError:
                    return v1.placeholder(tf.float32, name=name).op

    def answer(self, one):
        def plain(name):
            match = re.fullmatch(r"[A-Za-z0-9.]([\w./-]*[^/])?:(0|[1-9]\d{0,8})", name)
            return match is not None

        names = list(one["feeds"]) + one["fetches"]
        if all(plain(name) for name in names) and all(":" not in t and "^" not in t for t in one["targets"]):
            return native.TF_SessionRun_wrapper(
                self.session._session, None, {self.tensor(k): v for k, v in one["feeds"].items()},
                [self.tensor(name) for name in one["fetches"]], [self.node(t)._c_op for t in one["targets"]], None)
        # Names of other forms can be given to callables only, which take them as they come.
        feeds = sorted(one["feeds"])
        options = config_pb2.CallableOptions(feed=feeds, fetch=one["fetches"], target=sorted(one["targets"]))
        return self.session._make_callable_from_options(options)(*[one["feeds"][name] for name in feeds])

    def record(self, one):
        made = {"feeds": {k: described(v) for k, v in one["feeds"].items()}}
        made |= {"fetches": one["fetches"], "targets": one["targets"]}
        try:
            made["answer"] = [described(value) for value in self.answer(one)]
        except errors.OpError as error:
            made["error"] = [error.error_code, error.message]
        return made


def described(value):
    array = np.asarray(value)
    if array.dtype == object or array.dtype.kind in "SU":
        flat = [item.encode() if isinstance(item, str) else item for item in array.ravel().tolist()]
        return ["string", list(array.shape), [item.decode("latin-1") for item in flat]]
    return [array.dtype.name, list(array.shape), array.ravel().tolist()]


def main():
    make_module()
    v1.disable_eager_execution()
    make_graph()
    recorded = {}
    for name, runs in {"graph": GRAPH, "module": MODULE}.items():
        recorder = Recorder(name)
        recorded[name] = [recorder.record(one) for one in runs]
    lines = []
    for name, runs in recorded.items():
        lines.append(f' "{name}": [\n' + ",\n".join("  " + json.dumps(one) for one in runs) + "\n ]")
    (TARGET / "runs.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


main()
