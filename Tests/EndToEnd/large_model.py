#!/usr/bin/env python3
"""Writes SavedModels of any size without TensorFlow: one variable, of which a request gets the rows that it asks for.

    large_model.py FOLDER MEGABYTES [SEED]

Row `r` of the variable takes one page (1,024 floats), and all its numbers tell the row and the seed, so that any answer
shows whether it comes from the right bytes of the right file.
"""

import os
import struct
import sys

import numpy as np
from tensorflow.core.framework import tensor_pb2, tensor_shape_pb2, tensor_slice_pb2, types_pb2, versions_pb2  # noqa: F401
from tensorflow.core.protobuf import saved_model_pb2, tensor_bundle_pb2

COLUMNS = 1024
SHARD = os.path.join("variables", "variables.data-00000-of-00001")


def rows(numbers, seed=0):
    """What the rows `numbers` hold, in a model with this seed. Every number is exact in single precision."""
    numbers = np.asarray(numbers, np.int64)
    first = ((numbers + 3571 * seed) % 8192).astype(np.float32)
    return first[:, None] + np.arange(COLUMNS, dtype=np.float32) / COLUMNS


def row_count(byte_count):
    return max(1, byte_count // (4 * COLUMNS))


def write(folder, byte_count, seed=0):
    """Writes a SavedModel with a variable of about `byte_count` bytes; its signature takes `ids` and answers `rows`."""
    os.makedirs(os.path.join(folder, "variables"))
    count = row_count(byte_count)
    write_shard(os.path.join(folder, SHARD), byte_count, seed)
    with open(os.path.join(folder, SHARD), "rb") as shard:
        checksum = crc32c(np.fromfile(shard, np.uint8))
    with open(os.path.join(folder, "variables", "variables.index"), "wb") as index:
        index.write(_index({"w": ([count, COLUMNS], 4 * COLUMNS * count, checksum)}))
    _write_rows_model(folder, count)


def write_shard(path, byte_count, seed=0):
    """Only the bytes of the variable, into a file that may be there already."""
    count = row_count(byte_count)
    with open(path, "wb") as shard:
        for first in range(0, count, 4096):
            shard.write(rows(np.arange(first, min(count, first + 4096)), seed).tobytes())


# The graph


class ModelWriter:
    """A SavedModel in the making, whose variables come from a checkpoint."""

    def __init__(self, variables):
        """`variables`: name -> shape. Node `<name>/read` has the value of each."""
        self.saved = saved_model_pb2.SavedModel(saved_model_schema_version=1)
        self.meta = self.saved.meta_graphs.add()
        self.meta.meta_info_def.tags.append("serve")
        self.meta.graph_def.versions.producer = 1087
        for name, sizes in variables.items():
            shape = _shape(*sizes)
            self.node(name, "VarHandleOp", dtype=types_pb2.DT_FLOAT, shape=shape, shared_name=name.encode(), container=b"")
            self.node(f"{name}/read", "ReadVariableOp", name, dtype=types_pb2.DT_FLOAT)
        self._restore(list(variables))

    def node(self, name, op, *inputs, **attributes):
        made = self.meta.graph_def.node.add(name=name, op=op, input=inputs)
        for key, value in attributes.items():
            key = key.rstrip("_")
            if isinstance(value, tensor_pb2.TensorProto):
                made.attr[key].tensor.CopyFrom(value)
            elif isinstance(value, tensor_shape_pb2.TensorShapeProto):
                made.attr[key].shape.CopyFrom(value)
            elif isinstance(value, tuple):
                made.attr[key].list.i.extend(value)
            elif isinstance(value, list):
                made.attr[key].list.type.extend(value)
            elif isinstance(value, bytes):
                made.attr[key].s = value
            else:
                made.attr[key].type = value

    def signature(self, name, inputs, outputs):
        """`inputs`, `outputs`: alias -> (tensor, type, sizes)."""
        signature = self.meta.signature_def[name]
        signature.method_name = "tensorflow/serving/predict"
        for ports, given in ((signature.inputs, inputs), (signature.outputs, outputs)):
            for alias, (tensor, kind, sizes) in given.items():
                ports[alias].CopyFrom(_info(tensor, kind, _shape(*sizes)))

    def write(self, folder):
        with open(os.path.join(folder, "saved_model.pb"), "wb") as file:
            file.write(self.saved.SerializeToString())

    def _restore(self, names):
        def texts(*values, sizes=()):
            return tensor_pb2.TensorProto(
                dtype=types_pb2.DT_STRING, tensor_shape=_shape(*sizes), string_val=[value.encode() for value in values]
            )

        count = [len(names)]
        self.node("save/Const", "Const", dtype=types_pb2.DT_STRING, value=texts("model"))
        self.node("save/names", "Const", dtype=types_pb2.DT_STRING, value=texts(*names, sizes=count))
        self.node("save/slices", "Const", dtype=types_pb2.DT_STRING, value=texts(*[""] * len(names), sizes=count))
        self.node(
            "save/restore", "RestoreV2", "save/Const", "save/names", "save/slices",
            dtypes=[types_pb2.DT_FLOAT] * len(names),
        )  # fmt: skip
        for place, name in enumerate(names):
            self.node(
                f"save/assign_{place}", "AssignVariableOp", name, f"save/restore:{place}", dtype=types_pb2.DT_FLOAT
            )
        self.node("save/restore_all", "NoOp", *[f"^save/assign_{place}" for place in range(len(names))])
        self.meta.saver_def.filename_tensor_name = "save/Const:0"
        self.meta.saver_def.restore_op_name = "save/restore_all"
        self.meta.saver_def.version = 2


def _shape(*sizes):
    made = tensor_shape_pb2.TensorShapeProto()
    for size in sizes:
        made.dim.add(size=size)
    return made


def _write_rows_model(folder, count):
    model = ModelWriter({"w": (count, COLUMNS)})
    zero = tensor_pb2.TensorProto(dtype=types_pb2.DT_INT32, tensor_shape=_shape(), int_val=[0])
    model.node("ids", "Placeholder", dtype=types_pb2.DT_INT32, shape=_shape(-1))
    model.node("axis", "Const", dtype=types_pb2.DT_INT32, value=zero)
    model.node(
        "rows", "GatherV2", "w/read", "ids", "axis",
        Tparams=types_pb2.DT_FLOAT, Tindices=types_pb2.DT_INT32, Taxis=types_pb2.DT_INT32,
    )  # fmt: skip
    model.signature(
        "serving_default", {"ids": ("ids:0", types_pb2.DT_INT32, [-1])},
        {"rows": ("rows:0", types_pb2.DT_FLOAT, [-1, COLUMNS])},
    )  # fmt: skip
    model.write(folder)


def write_products(folder, layers, width, seed=0):
    """Writes a SavedModel that multiplies `x` with `layers` square matrices, one after the other, and answers `y`.

    The signature `negative` answers the same with other signs. Returns the matrices."""
    random = np.random.default_rng(seed)
    matrices = [(random.standard_normal((width, width)) / width**0.5).astype(np.float32) for _ in range(layers)]
    names = [f"w{layer}" for layer in range(layers)]
    write_variables(folder, dict(zip(names, matrices)))
    model = ModelWriter({name: (width, width) for name in names})
    model.node("x", "Placeholder", dtype=types_pb2.DT_FLOAT, shape=_shape(-1, width))
    last = "x"
    for name in names:
        model.node(f"{name}/product", "MatMul", last, f"{name}/read", T=types_pb2.DT_FLOAT)
        last = f"{name}/product"
    model.node("negative", "Neg", last, T=types_pb2.DT_FLOAT)
    x = {"x": ("x:0", types_pb2.DT_FLOAT, [-1, width])}
    model.signature("serving_default", x, {"y": (f"{last}:0", types_pb2.DT_FLOAT, [-1, width])})
    model.signature("negative", x, {"y": ("negative:0", types_pb2.DT_FLOAT, [-1, width])})
    model.write(folder)
    return matrices


def write_convolutions(folder, layers, channels, size, seed=0):
    """Writes a SavedModel that takes pictures `x` of `size` x `size` x `channels` through `layers` convolutions with windows of
    3 x 3, one after the other, and answers `y`. Returns the filters."""
    random = np.random.default_rng(seed)
    sizes = (3, 3, channels, channels)
    filters = [(random.standard_normal(sizes) / (9 * channels) ** 0.5).astype(np.float32) for _ in range(layers)]
    names = [f"w{layer}" for layer in range(layers)]
    write_variables(folder, dict(zip(names, filters)))
    model = ModelWriter({name: sizes for name in names})
    pictures = (-1, size, size, channels)
    model.node("x", "Placeholder", dtype=types_pb2.DT_FLOAT, shape=_shape(*pictures))
    last = "x"
    for name in names:
        model.node(
            f"{name}/convolution", "Conv2D", last, f"{name}/read",
            T=types_pb2.DT_FLOAT, strides=(1, 1, 1, 1), padding=b"SAME",
        )  # fmt: skip
        last = f"{name}/convolution"
    model.signature(
        "serving_default", {"x": ("x:0", types_pb2.DT_FLOAT, pictures)},
        {"y": (f"{last}:0", types_pb2.DT_FLOAT, pictures)},
    )  # fmt: skip
    model.write(folder)
    return filters


def write_variables(folder, variables):
    """Writes the checkpoint of a SavedModel: arrays of float32 by name."""
    os.makedirs(os.path.join(folder, "variables"))
    entries = {}
    with open(os.path.join(folder, SHARD), "wb") as shard:
        # In the order of the index.
        for name, array in sorted(variables.items()):
            shard.write(array.tobytes())
            entries[name] = (array.shape, array.nbytes, crc32c(array.view(np.uint8).reshape(-1)))
    with open(os.path.join(folder, "variables", "variables.index"), "wb") as index:
        index.write(_index(entries))


def _info(name, kind, shape):
    from tensorflow.core.protobuf import meta_graph_pb2

    return meta_graph_pb2.TensorInfo(name=name, dtype=kind, tensor_shape=shape)


# The checkpoint's index, a table of sorted keys


def _index(tensors):
    """`tensors`: name -> (shape, bytes, checksum), one after the other in the only shard."""
    header = tensor_bundle_pb2.BundleHeaderProto(num_shards=1)
    header.version.producer = 1
    entries, offset = [(b"", header.SerializeToString())], 0
    for name, (sizes, byte_count, checksum) in sorted(tensors.items()):
        entry = tensor_bundle_pb2.BundleEntryProto(
            dtype=types_pb2.DT_FLOAT, offset=offset, size=byte_count, crc32c=_mask(checksum)
        )
        for size in sizes:
            entry.shape.dim.add(size=size)
        entries.append((name.encode(), entry.SerializeToString()))
        offset += byte_count
    out = bytearray()

    def add(block):
        handle = _varint(len(out)) + _varint(len(block))
        out.extend(block + b"\0" + struct.pack("<I", _mask(crc32c(np.frombuffer(block + b"\0", np.uint8)))))
        return handle

    data = add(_block(entries))
    empty = add(_block([]))
    index = add(_block([(entries[-1][0] + b"\xff", data)]))
    footer = empty + index
    return bytes(out) + footer.ljust(40, b"\0") + struct.pack("<Q", 0xDB4775248B80FB57)


def _block(entries):
    out, restarts = bytearray(), []
    for key, value in entries:
        restarts.append(len(out))
        out.extend(b"\0" + _varint(len(key)) + _varint(len(value)) + key + value)
    restarts = restarts or [0]
    return bytes(out) + struct.pack(f"<{len(restarts)}I", *restarts) + struct.pack("<I", len(restarts))


def _varint(number):
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes(out + bytes([number]))


# CRC-32C: many stretches at once, then put together


def _mask(checksum):
    return ((checksum >> 15 | checksum << 17) + 0xA282EAD8) & 0xFFFFFFFF


def _table():
    table = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        table = np.where(table & 1, table >> 1 ^ np.uint32(0x82F63B78), table >> 1)
    return table


TABLE = _table()


def _advance(state, columns):
    for column in columns:
        state = TABLE[(state ^ column) & 0xFF] ^ state >> 8
    return state


def crc32c(data):
    """The checksum of an array of bytes."""
    lanes = 1 << max(0, min(16, (len(data) >> 10).bit_length() - 1))
    stretch = len(data) // lanes
    body = data[: lanes * stretch].reshape(lanes, stretch)
    first = np.zeros(lanes, np.uint32)
    first[0] = 0xFFFFFFFF
    # The register is linear in its start and in the bytes: stretches begin with 0 and are added where they belong.
    states = first
    for start in range(0, stretch, 1024):
        states = _advance(states, np.ascontiguousarray(body[:, start : start + 1024].T))
    zeros = _zeros(stretch)
    while len(states) > 1:
        states = _apply(zeros, states[0::2]) ^ states[1::2]
        zeros = _apply(zeros, zeros)
    rest = data[lanes * stretch :].reshape(-1, 1)
    return int(_advance(states, rest)[0]) ^ 0xFFFFFFFF


def _zeros(count):
    """What `count` zero bytes make of each bit of the register."""
    result, step = np.uint32(1) << np.arange(32, dtype=np.uint32), None
    step = _advance(result, [np.uint32(0)])
    while count:
        if count & 1:
            result = _apply(step, result)
        step = _apply(step, step)
        count >>= 1
    return result


def _apply(matrix, states):
    out = np.zeros_like(states)
    for bit in range(32):
        out ^= np.where(states >> np.uint32(bit) & 1, matrix[bit], np.uint32(0))
    return out


if __name__ == "__main__":
    write(sys.argv[1], int(float(sys.argv[2]) * 1e6), int(sys.argv[3]) if len(sys.argv) > 3 else 0)
