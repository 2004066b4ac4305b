#!/usr/bin/env python3
"""Makes SavedModels with recurrent layers of Keras 3, Keras 2 and TensorFlow 1 and records what TensorFlow answers for them.

    record-recurrent-layers.py          (needs tensorflow and tf_keras)

Writes Tests/Fixtures/Models/recurrent/NAME/ and Tests/Fixtures/Models/recurrent.txt, whose format is that of answers.txt (see
record-model-answers.py).
"""
import os
import pathlib
import shutil

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
import numpy as np
import tensorflow as tf
import tf_keras
from tensorflow.core.framework import types_pb2
from tensorflow.core.protobuf import saved_model_pb2
from tensorflow.python.keras.layers.legacy_rnn import rnn_cell_impl

ROOT = pathlib.Path(__file__).absolute().parent.parent
TARGET = ROOT / "Tests/Fixtures/Models/recurrent"
tf1 = tf.compat.v1
WIDTH = 3
UNITS = 5


def noise(*shape, seed=1):
    return np.random.RandomState(seed).normal(size=shape).astype(np.float32)


def sequences(*sizes):
    """Inputs of so many rows and steps each."""
    return [dict(x=noise(rows, steps, WIDTH, seed=10 * rows + steps)) for rows, steps in sizes]


def seeded(*layers):
    for layer in layers:
        for index, variable in enumerate(layer.weights):
            variable.assign(noise(*variable.shape, seed=index + 7) * 0.6)


SEVERAL = sequences((1, 1), (1, 7), (2, 4), (9, 3), (0, 3))
ROWS = tf.TensorSpec([None, None, WIDTH], tf.float32, "x")
FIXED = tf.TensorSpec([None, 4, WIDTH], tf.float32, "x")
STATE = tf.TensorSpec([None, UNITS], tf.float32, "h")


def keras(layers):
    """A model with a signature for each way to use a layer; `layers` is the module that has the layers."""
    def build():
        module = tf.Module()
        module.parts = []
        signatures, feeds = {}, {}

        def add(name, layer, feed, specs=(ROWS,), call=None, wraps=True):
            layer.build((None, None, WIDTH))
            seeded(layer)
            module.parts.append(layer)

            def run(**inputs):
                values = call(layer, **inputs) if call else layer(inputs["x"])
                values = values if isinstance(values, (list, tuple)) else [values]
                return {f"y{index}": value for index, value in enumerate(values)}

            signatures[name] = tf.function(run).get_concrete_function(**{spec.name: spec for spec in specs})
            feeds[name] = feed

        add("lstm", layers.LSTM(UNITS), SEVERAL)
        add("lstm_states", layers.LSTM(UNITS, return_sequences=True, return_state=True), SEVERAL)
        add("gru", layers.GRU(UNITS), SEVERAL)
        add("gru_states", layers.GRU(UNITS, return_sequences=True, return_state=True), SEVERAL)
        add("gru_reset_before", layers.GRU(UNITS, reset_after=False, return_sequences=True), SEVERAL)
        add("simple", layers.SimpleRNN(UNITS, return_sequences=True), SEVERAL)
        add("simple_relu", layers.SimpleRNN(UNITS, activation="relu"), SEVERAL)
        add("lstm_hard", layers.LSTM(UNITS, activation="relu", recurrent_activation="hard_sigmoid"), SEVERAL)
        add("lstm_no_bias", layers.LSTM(UNITS, use_bias=False), SEVERAL[1:3])
        add("gru_no_bias", layers.GRU(UNITS, use_bias=False), SEVERAL[1:3])
        add("lstm_backwards", layers.LSTM(UNITS, go_backwards=True, return_sequences=True), SEVERAL[1:3])
        add("lstm_fixed", layers.LSTM(UNITS, return_sequences=True), sequences((3, 4)), (FIXED,))
        add("bidirectional", layers.Bidirectional(layers.LSTM(UNITS, return_sequences=True)), SEVERAL[1:3])
        add("bidirectional_gru", layers.Bidirectional(layers.GRU(UNITS), merge_mode="sum"), SEVERAL[1:3])
        masked = [dict(x=feed["x"] * (noise(*feed["x"].shape[:2], 1, seed=5) > 0)) for feed in SEVERAL[:4]]
        masking = layers.Masking()
        for name, layer in [("masked_lstm", layers.LSTM(UNITS, return_sequences=True, return_state=True)),
                            ("masked_gru", layers.GRU(UNITS))]:
            add(name, layer, masked, call=lambda layer, x: layer(x, mask=masking.compute_mask(x)))
        given = [dict(feed, h=noise(len(feed["x"]), UNITS, seed=3)) for feed in SEVERAL]
        add("gru_given", layers.GRU(UNITS, return_state=True), given, (ROWS, STATE),
            lambda layer, x, h: layer(x, initial_state=h))
        add("lstm_given", layers.LSTM(UNITS, return_sequences=True), given, (ROWS, STATE),
            lambda layer, x, h: layer(x, initial_state=[h, h * 2]))
        # A state of one row would stand for all rows, which the loop refuses or spreads.
        add("lstm_one_state", layers.LSTM(UNITS), [dict(x=feed["x"], h=noise(1, UNITS)) for feed in SEVERAL[:3]], (ROWS, STATE),
            lambda layer, x, h: layer(x, initial_state=[h, h]))
        return module, signatures, feeds
    return build


def stacked():
    """Whole models as they are exported."""
    tf.keras.utils.set_random_seed(3)
    inputs = tf.keras.Input((None,), name="x", dtype="int32")
    hidden = tf.keras.layers.Embedding(11, WIDTH, mask_zero=False)(inputs)
    hidden = tf.keras.layers.LSTM(4, return_sequences=True)(hidden)
    hidden = tf.keras.layers.Bidirectional(tf.keras.layers.GRU(3, return_sequences=True))(hidden)
    hidden = tf.keras.layers.LSTM(20, implementation=1)(hidden)
    model = tf.keras.Model(inputs, tf.keras.layers.Dense(2)(hidden))
    serve = tf.function(lambda x: {"y": model(x, training=False)}).get_concrete_function(
        x=tf.TensorSpec([None, None], tf.int32, "x"))
    feeds = [dict(x=np.arange(rows * steps, dtype=np.int32).reshape(rows, steps) % 11) for rows, steps in [(1, 6), (7, 3)]]
    return model, dict(serve=serve), dict(serve=feeds)


def loops_v1():
    """Cells in loops of TensorFlow 1."""
    signatures, feeds = {}, {}
    cells = dict(basic=rnn_cell_impl.BasicLSTMCell(UNITS), lstm=rnn_cell_impl.LSTMCell(UNITS, use_peepholes=True, cell_clip=0.3),
                 gru=rnn_cell_impl.GRUCell(UNITS), simple=rnn_cell_impl.BasicRNNCell(UNITS))
    for name, cell in cells.items():
        x = tf1.placeholder(tf.float32, [None, None, WIDTH], f"{name}_x")
        with tf1.variable_scope(name, initializer=tf1.random_uniform_initializer(-0.5, 0.5, seed=3)):
            out, state = tf1.nn.dynamic_rnn(cell, x, dtype=tf.float32)
        states = {f"state{index}": part for index, part in enumerate(tf.nest.flatten(state))}
        signatures[name] = (dict(x=x), dict(out=out, **states))
        feeds[name] = SEVERAL[:4]
    return signatures, feeds


# ---- recording

def row(mark, alias, value):
    value = np.ascontiguousarray(value)
    kind = types_pb2.DataType.Name(tf.as_dtype(value.dtype).as_datatype_enum)
    return "\t".join([f"{mark} {alias}", kind, ",".join(map(str, value.shape)), value.tobytes().hex()])


def case(name, signature, feed, compute):
    lines = [f"= {(TARGET / name).relative_to(ROOT)}\t{signature}"]
    lines += [row("<", alias, value) for alias, value in sorted(feed.items())]
    try:
        return lines + [row(">", alias, value) for alias, value in sorted(compute().items())]
    except tf.errors.OpError as error:
        text = error.message.split("\nOriginal stack")[0].split("Node: '")[-1].split("\n", 1)[-1].split("\n\t [[")[0]
        return lines + [f"! {error.error_code}\t{text.encode().hex()}"]


def slim(folder):
    """Drops the functions that no node names, and what only debuggers read."""
    path = folder / "saved_model.pb"
    model = saved_model_pb2.SavedModel.FromString(path.read_bytes())
    for graph in (meta.graph_def for meta in model.meta_graphs):
        functions = {function.signature.name: function for function in graph.library.function}
        pending, needed = list(graph.node), set()
        while pending:
            node = pending.pop()
            node.ClearField("experimental_debug_info")
            named = [value.func.name for value in node.attr.values() if value.HasField("func")]
            for name in {node.op, *named} & (functions.keys() - needed):
                needed.add(name)
                pending += functions[name].node_def
        kept = [functions[name] for name in sorted(needed)]
        del graph.library.function[:]
        graph.library.function.extend(kept)
        graph.library.ClearField("gradient")
    path.write_bytes(model.SerializeToString(deterministic=True))
    (folder / "fingerprint.pb").unlink(missing_ok=True)


def record_function(name, build):
    module, signatures, feeds = build()
    tf.saved_model.save(module, str(TARGET / name), signatures=signatures)
    loaded, lines = tf.saved_model.load(str(TARGET / name)), []
    for key in sorted(feeds):
        for feed in feeds[key]:
            def compute():
                answer = loaded.signatures[key](**{k: tf.constant(v) for k, v in feed.items()})
                return {k: v.numpy() for k, v in answer.items()}
            lines += case(name, key, feed, compute)
    return lines


def record_graph(name, build):
    info = tf1.saved_model.build_tensor_info
    tf1.disable_control_flow_v2()
    lines = []
    with tf1.Graph().as_default(), tf1.Session() as session:
        signatures, feeds = build()
        session.run(tf1.global_variables_initializer())
        builder = tf1.saved_model.Builder(str(TARGET / name))
        builder.add_meta_graph_and_variables(session, ["serve"], signature_def_map={
            key: tf1.saved_model.build_signature_def(
                {k: info(v) for k, v in ins.items()}, {k: info(v) for k, v in outs.items()}, "tensorflow/serving/predict")
            for key, (ins, outs) in signatures.items()})
        builder.save()
        for key in sorted(feeds):
            ins, outs = signatures[key]
            for feed in feeds[key]:
                lines += case(name, key, feed, lambda: session.run(outs, {ins[k]: v for k, v in feed.items()}))
    tf1.enable_control_flow_v2()
    return lines


def main():
    lines = []
    builders = [("keras3", record_function, keras(tf.keras.layers)), ("keras2", record_function, keras(tf_keras.layers)),
                ("stacked", record_function, stacked), ("loops_v1", record_graph, loops_v1)]
    for name, record, build in builders:
        shutil.rmtree(TARGET / name, ignore_errors=True)
        lines += record(name, build)
        slim(TARGET / name)
        print(name)
    (TARGET.parent / "recurrent.txt").write_text("\n".join(lines) + "\n")


main()
