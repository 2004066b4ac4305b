#!/usr/bin/env python3
"""Measures what batching does: requests per second and latency with batching off, adaptive and strict.

    .venv/bin/python Benchmarks/batching.py [--model NAME=FOLDER_OF_VERSIONS] [--peer 'COMMAND'] [--output FILE.json]

Without --model the bundled digits model is measured. A peer is another server, with batching of its own; `{port}`, `{name}`,
`{base}` (the folder of the versions), `{model}` (that of the newest), `{rows}`, `{micros}` and `{threads}` (the parameters of
batching) in its command are filled in; without the last three it is measured only as it is:

    --peer 'tfs_proxy {port} {name} {model} 2 2 {rows} {micros} {threads}'

All servers take turns, load by load and round by round, so that a busy machine hurts all; the best round counts. The load is
made by h2load (Debian: nghttp2-client) on the same machine; every answer is checked by its size.
"""

import argparse
import json
import os
import random
import struct
import tempfile

from serving import BASE, ROOT, Running, load, processor
from tensorflow.core.framework import types_pb2
from tensorflow_serving.apis import get_model_metadata_pb2, predict_pb2, prediction_service_pb2_grpc

ROWS, MICROS, THREADS = 64, 1000, 2
LOADS = {  # name: connections, streams of each, share of the requests
    "one call in flight": (1, 1, 0.25),
    "4 connections x 8 calls": (4, 8, 1),
}
INTEGERS = {types_pb2.DT_INT32: "int_val", types_pb2.DT_INT64: "int64_val"}


def one_row(name, base, server):
    """A request with one row for the default signature, made from what the server says of it."""
    command = [server, "--port={port}", f"--model_name={name}", f"--model_base_path={base}"]
    ask = get_model_metadata_pb2.GetModelMetadataRequest()
    ask.model_spec.name = name
    ask.metadata_field.append("signature_def")
    with Running(command, ask, "GetModelMetadata") as running:
        signatures = get_model_metadata_pb2.SignatureDefMap()
        running.answer.metadata["signature_def"].Unpack(signatures)
    request = predict_pb2.PredictRequest()
    request.model_spec.name = name
    values = random.Random(7)
    for alias, info in signatures.signature_def["serving_default"].inputs.items():
        tensor = request.inputs[alias]
        tensor.dtype = info.dtype
        shape = [max(1, dim.size) for dim in info.tensor_shape.dim]
        count = 1
        for size in shape:
            tensor.tensor_shape.dim.add(size=size)
            count *= size
        if info.dtype in INTEGERS:
            getattr(tensor, INTEGERS[info.dtype]).extend(values.randrange(1000) for _ in range(count))
        else:
            tensor.tensor_content = struct.pack(f"<{count}f", *(values.random() for _ in range(count)))
    return request


def parameters(folder):
    path = os.path.join(folder, "batching_parameters.txt")
    with open(path, "w") as file:
        file.write(f"max_batch_size {{ value: {ROWS} }}\nbatch_timeout_micros {{ value: {MICROS} }}\n")
        file.write(f"num_batch_threads {{ value: {THREADS} }}\n")
    return path


def servers(options, name, base, file):
    """Commands by name, those without batching first."""
    plain = [options.server, "--port={port}", f"--model_name={name}", f"--model_base_path={base}"]
    batched = [*plain, "--enable_batching", f"--batching_parameters_file={file}"]
    commands = {"off": plain, "adaptive": batched, "strict": [*batched, "--batch_scheduling=strict"]}
    if options.peer:
        newest = os.path.join(base, max(filter(str.isdigit, os.listdir(base)), key=int))
        facts = {"name": name, "base": base, "model": newest, "rows": ROWS, "micros": MICROS, "threads": THREADS}
        words = options.peer.split()
        batching = {"{rows}", "{micros}", "{threads}"}
        for label, chosen in (("peer off", [w for w in words if w not in batching]), ("peer batching", words)):
            commands[label] = [w if w == "{port}" else w.format(port="{port}", **facts) for w in chosen]
    return commands


def measure(options, name, base, folder):
    request = one_row(name, base, options.server)
    message = request.SerializeToString()
    body = os.path.join(folder, f"{name}.body")
    with open(body, "wb") as file:
        file.write(struct.pack(">BI", 0, len(message)) + message)
    figures = {}
    commands = servers(options, name, base, parameters(folder))
    for label, (connections, streams, share) in LOADS.items():
        for _ in range(options.rounds):
            for server, command in commands.items():
                with Running(command, request) as running:
                    rate = load(running, body, connections, streams, 20 * streams * connections)["requests_per_second"]
                    count = int(min(max(rate * options.seconds * share, 40), 200_000))
                    result = load(running, body, connections, streams, count)
                best = figures.setdefault(label, {}).get(server)
                if best is None or result["requests_per_second"] > best["requests_per_second"]:
                    figures[label][server] = result
    return figures


def table(name, figures):
    names = list(next(iter(figures.values())))
    rows = [[name, *names], ["---"] * (len(names) + 1)]
    for label, results in figures.items():
        rows.append([f"{label}: requests/s", *(f"{results[n]['requests_per_second']:,.0f}" for n in names)])
        latency = ((results[n]["median_us"] / 1000, results[n]["p99_us"] / 1000) for n in names)
        rows.append(["… median / p99, ms", *(f"{median:.2f} / {p99:.2f}" for median, p99 in latency)])
    return "\n".join("| " + " | ".join(cells) + " |" for cells in rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--server", default=os.path.join(ROOT, ".build", "release", "model_server"))
    parser.add_argument("--model", action="append", default=[], metavar="NAME=FOLDER")
    parser.add_argument("--peer", metavar="COMMAND")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3, help="about how long each load lasts")
    parser.add_argument("--output")
    options = parser.parse_args()
    models = dict(model.split("=", 1) for model in options.model) or {"digits": BASE}
    figures = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, base in models.items():
            figures[name] = measure(options, name, os.path.abspath(base), folder)
            print(table(name, figures[name]), end="\n\n", flush=True)
    if options.output:
        with open(options.output, "w") as file:
            settings = {"max_batch_size": ROWS, "batch_timeout_micros": MICROS, "num_batch_threads": THREADS}
            json.dump({"machine": processor(), "parameters": settings, "figures": figures}, file, indent=1)
            file.write("\n")


if __name__ == "__main__":
    main()
