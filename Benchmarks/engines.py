#!/usr/bin/env python3
"""Measures runs of models in the process, without a network: the server's engine beside TensorFlow, ONNX Runtime and OpenVINO.

    python3 -m venv /tmp/engines
    /tmp/engines/bin/pip install tensorflow-cpu==2.21.0 tf2onnx onnx onnxruntime openvino
    /tmp/engines/bin/python Benchmarks/export_models.py /tmp/models
    /tmp/engines/bin/python Benchmarks/engines.py /tmp/models [--server BINARY] [--row MODEL:BATCH]... [--engine NAME]...
        [--threads N] [--seconds S] [--rounds N] [--output FILE.json]

Each row is a model with a batch size. All engines of a row are loaded and warmed up, each in a process of its own, and then
take turns: the median of each turn is one figure, and the lowest of all rounds counts, so that a drift of the machine hurts
all. The server's turn is `model_server bench`. All get the same number of threads and compute in 32-bit floats; inputs are
fractions from 0 to 1 or integers below 1000. An engine that is not installed, or fails, shows a dash.

The table goes to standard output as Markdown, with how many times as fast as TensorFlow and as the fastest peer the server
is; --output writes all figures, with the machine, the date and the versions of the peers.
"""

import argparse
import importlib.metadata
import json
import math
import os
import subprocess
import sys
import time

from machine import ROOT, processor

ROWS = [
    ("half_plus_two", 1),
    *((name, batch) for name in ("mnist_cnn", "mlp", "lstm") for batch in (1, 32)),
    *((name, batch) for name in ("mobilenet_v2", "efficientnet_b0", "resnet50") for batch in (1, 16)),
    *((name, batch) for name in ("inception_v3", "bert_base") for batch in (1, 8)),
]
PEERS = {"tensorflow": "TensorFlow", "onnxruntime": "ONNX Runtime", "openvino": "OpenVINO"}
SERVER = "model_server"
NUMPY_TYPES = {"DT_FLOAT": "float32", "DT_INT32": "int32", "DT_INT64": "int64"}


# The server


class Server:
    """The server's own command: a process for each turn."""

    def __init__(self, options, folder, batch):
        self.command = [
            options.server, "bench", folder, f"--batch={batch}", f"--threads={options.threads}",
            f"--seconds={options.seconds}", "--json",
        ]  # fmt: skip

    def turn(self):
        run = subprocess.run(self.command, capture_output=True, text=True, timeout=600)
        if run.returncode:
            raise RuntimeError(run.stderr.strip() or f"exit status {run.returncode}")
        report = json.loads(run.stdout)
        return {"median_ms": report["median_ms"], "min_ms": report["min_ms"]}

    def end(self):
        pass


# Peers


class Peer:
    """An engine in a process that waits for its turns."""

    def __init__(self, options, engine, folder, batch, feed):
        words = [sys.executable, __file__, "--worker", json.dumps([engine, folder, batch, feed]), options.folder]
        words += [f"--threads={options.threads}", f"--seconds={options.seconds}"]
        environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
        self.process = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
        )
        self.answer()

    def answer(self):
        """The next line of JSON; libraries may print others."""
        for line in self.process.stdout:
            if line.startswith("{"):
                return json.loads(line)
        lines = self.process.stderr.read().strip().splitlines()
        raise RuntimeError(lines[-1] if lines else f"ended with {self.process.wait()}")

    def turn(self):
        self.process.stdin.write("turn\n")
        self.process.stdin.flush()
        return self.answer()

    def end(self):
        self.process.stdin.close()
        self.process.wait(60)


def converted(folder):
    """The model as an ONNX file, beside its folder."""
    path = os.path.dirname(folder) + ".onnx"
    if os.path.exists(path):
        return path
    import numpy
    import onnx

    part = f"{path}.{os.getpid()}"
    command = [sys.executable, "-m", "tf2onnx.convert", "--saved-model", folder, "--output", part, "--opset", "17"]
    subprocess.run(command, check=True, capture_output=True)
    model = onnx.load(part)
    # ONNX has no complementary error function: 1 - erf(x).
    nodes = []
    for node in model.graph.node:
        if node.op_type == "Erfc":
            middle = f"{node.output[0]}/erf"
            nodes.append(onnx.helper.make_node("Erf", node.input, [middle]))
            nodes.append(onnx.helper.make_node("Sub", ["erfc/one", middle], node.output))
        else:
            nodes.append(node)
    if len(nodes) > len(model.graph.node):
        model.graph.initializer.append(onnx.numpy_helper.from_array(numpy.float32(1), "erfc/one"))
        del model.graph.node[:]
        model.graph.node.extend(nodes)
        onnx.save(model, part)
    os.replace(part, path)
    return path


def tensorflow_call(folder, feed, threads):
    import tensorflow

    tensorflow.config.threading.set_intra_op_parallelism_threads(threads)
    model = tensorflow.saved_model.load(folder)
    signature = model.signatures["serving_default"]
    arguments = {name: tensorflow.constant(value) for name, value in feed.items()}
    # The signature does not keep its model.
    return lambda keep=model: [value.numpy() for value in signature(**arguments).values()]


def onnxruntime_call(folder, feed, threads):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(converted(folder), options, providers=["CPUExecutionProvider"])
    arguments = dict(zip((one.name for one in session.get_inputs()), feed.values(), strict=True))
    return lambda: session.run(None, arguments)


def openvino_call(folder, feed, threads):
    import openvino

    core = openvino.Core()
    hints = {"INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32"}
    request = core.compile_model(core.read_model(converted(folder)), "CPU", hints).create_infer_request()
    arguments = dict(enumerate(feed.values()))
    return lambda: list(request.infer(arguments).values())


CALLS = {"tensorflow": tensorflow_call, "onnxruntime": onnxruntime_call, "openvino": openvino_call}


def work(options):
    """A peer's process: a line of JSON when it is ready, and one for each line that it reads."""
    import numpy

    engine, folder, batch, inputs = json.loads(options.worker)
    random = numpy.random.RandomState(0)
    feed = {}
    for one in inputs:
        shape = (batch, *one["row"])
        values = random.rand(*shape) if one["type"] == "float32" else random.randint(0, 1000, shape)
        feed[one["name"]] = values.astype(one["type"])
    call = CALLS[engine](folder, feed, options.threads)
    for _ in range(3):
        call()
    print(json.dumps({"ready": True}), flush=True)
    for _ in sys.stdin:
        times, end = [], time.perf_counter() + options.seconds
        while len(times) < 5 or time.perf_counter() < end:
            begin = time.perf_counter()
            call()
            times.append(time.perf_counter() - begin)
        times.sort()
        print(json.dumps({"median_ms": times[len(times) // 2] * 1e3, "min_ms": times[0] * 1e3}), flush=True)


# The table


def inputs(options, folder):
    """Name, type and sizes of one row of each input of the model's usual signature."""
    command = [options.server, "inspect", "--json", folder]
    report = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    signatures = {one["name"]: one for graph in report["meta_graphs"] for one in graph["signatures"]}
    return [
        {"name": one["name"], "type": NUMPY_TYPES[one["dtype"]], "row": [max(size, 1) for size in one["shape"][1:]]}
        for one in signatures["serving_default"]["inputs"]
    ]


def measure(options, name, batch):
    """The best turn of each engine."""
    folder = os.path.join(options.folder, name, "1")
    feed = inputs(options, folder)
    engines = {}
    best = {}

    def attempt(engine, body):
        try:
            return body()
        except Exception as error:
            print(f"{engine}, {name} x {batch}: {error}", file=sys.stderr)
            return None

    for engine in options.engine:
        make = (lambda: Server(options, folder, batch)) if engine == SERVER else (
            lambda engine=engine: Peer(options, engine, folder, batch, feed)
        )
        made = attempt(engine, make)
        if made:
            engines[engine] = made
    for _ in range(options.rounds):
        for engine, running in list(engines.items()):
            result = attempt(engine, running.turn)
            if result is None:
                del engines[engine]
            elif engine not in best or result["median_ms"] < best[engine]["median_ms"]:
                best[engine] = result
    for running in engines.values():
        running.end()
    return best


def ratios(best):
    """How many times as fast as TensorFlow, and as the fastest peer, the server is; None where one of them is missing."""
    peers = {engine: one["median_ms"] for engine, one in best.items() if engine != SERVER}
    if SERVER not in best or not peers:
        return {"tensorflow": None, "best_peer": None}
    own = best[SERVER]["median_ms"]
    first = peers["tensorflow"] / own if "tensorflow" in peers else None
    return {"tensorflow": first, "best_peer": min(peers.values()) / own}


def mean(rows, which):
    """The geometric mean of a ratio; None without any."""
    values = [row["ratios"][which] for row in rows if row["ratios"][which]]
    return math.exp(sum(map(math.log, values)) / len(values)) if values else None


def text(milliseconds):
    if milliseconds is None:
        return "–"
    return f"{milliseconds:.{0 if milliseconds >= 100 else 1 if milliseconds >= 10 else 3}f}"


def times(ratio):
    return "–" if ratio is None else f"{ratio:.2f}"


def table_row(options, row):
    figures = [text(row["engines"].get(engine, {}).get("median_ms")) for engine in options.engine]
    return [row["model"], str(row["batch"]), *figures, times(row["ratios"]["tensorflow"]), times(row["ratios"]["best_peer"])]


def show(cells):
    print("| " + " | ".join(cells) + " |", flush=True)


def versions():
    found = {}
    for package in ("tensorflow-cpu", "tensorflow", "onnxruntime", "openvino", "tf2onnx"):
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            pass
    return found


def parsed():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", help="of the models, as export_models.py makes them")
    parser.add_argument("--server", default=os.path.join(ROOT, ".build", "release", "model_server"))
    parser.add_argument("--row", action="append", default=[], metavar="MODEL:BATCH", help="instead of all rows")
    parser.add_argument("--engine", action="append", default=[], choices=[*PEERS, SERVER])
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--seconds", type=float, default=1, help="how long a turn lasts")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--output", metavar="FILE.json")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.folder = os.path.abspath(options.folder)
    options.engine = options.engine or [*PEERS, SERVER]
    try:
        options.rows = [(row.rsplit(":", 1)[0], int(row.rsplit(":", 1)[1])) for row in options.row] or ROWS
    except (IndexError, ValueError):
        parser.error("--row takes MODEL:BATCH, for example resnet50:16")
    return options


def main():
    options = parsed()
    if options.worker:
        return work(options)
    # Which loops BLAS takes is the engines' choice.
    os.environ.pop("OPENBLAS_CORETYPE", None)
    names = [PEERS.get(engine, engine) for engine in options.engine]
    show(["median, ms", "batch", *names, "× TensorFlow", "× best peer"])
    show(["---"] + ["---:"] * (len(names) + 3))
    rows = []
    for name, batch in options.rows:
        best = measure(options, name, batch)
        rows.append({"model": name, "batch": batch, "engines": best, "ratios": ratios(best)})
        show(table_row(options, rows[-1]))
    means = {which: mean(rows, which) for which in ("tensorflow", "best_peer")}
    show(["geometric mean", "", *("" for _ in names), times(means["tensorflow"]), times(means["best_peer"])])
    if options.output:
        figures = {
            "machine": processor(), "threads": options.threads, "date": time.strftime("%Y-%m-%d", time.gmtime()),
            "versions": versions(), "seconds": options.seconds, "rounds": options.rounds, "rows": rows, "means": means,
        }  # fmt: skip
        with open(options.output, "w") as file:
            json.dump(figures, file, indent=1)
            file.write("\n")


if __name__ == "__main__":
    main()
