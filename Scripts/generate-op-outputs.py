#!/usr/bin/env python3
"""Writes Sources/SavedModels/Reader/OpOutputs+Table.swift: the output arguments of TensorFlow's ops.

    generate-op-outputs.py [OUT]          (needs TensorFlow)

Only ops with more than one output argument are listed: with one, a reference `node:argument:k` means output k.
"""
import os
import pathlib
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import tensorflow as tf
from tensorflow.core.framework import op_def_pb2
from tensorflow.python.client import pywrap_tf_session as session

HEADER = '''// Made by Scripts/generate-op-outputs.py from the ops of TensorFlow {version}.

extension OpOutputs {{
    /// One op a line: its name and its output arguments. `argument#N` stands for as many outputs as the attribute `N` says
    /// (`#N=2`: two if it is absent), `argument*T` for one output per type in the list attribute `T`.
    static let table: StaticString = """
'''


def ops():
    """All ops that a file can name; those with an underscore are made by optimisers at run time."""
    listed = op_def_pb2.OpList.FromString(session.TF_GetBuffer(session.TF_GetAllOpList()))
    return sorted((op for op in listed.op if not op.name.startswith("_")), key=lambda op: op.name)


def argument(op, arg):
    defaults = {attr.name: attr.default_value for attr in op.attr if attr.HasField("default_value")}
    if arg.number_attr:
        default = defaults.get(arg.number_attr)
        return f"{arg.name}#{arg.number_attr}" + (f"={default.i}" if default else "")
    if arg.type_list_attr:
        return f"{arg.name}*{arg.type_list_attr}"
    return arg.name


def main():
    everything = ops()
    lines = []
    for op in everything:
        if len(op.output_arg) > 1:
            lines.append("        " + " ".join([op.name] + [argument(op, arg) for arg in op.output_arg]))
    default = pathlib.Path(__file__).parent.parent / "Sources/SavedModels/Reader/OpOutputs+Table.swift"
    out = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else default
    text = HEADER.format(version=tf.__version__) + "\n".join(lines) + '\n        """\n}\n'
    out.write_text(text)
    print(f"{len(everything)} ops, {len(lines)} with several output arguments, {len(text)} bytes")


main()
