#!/usr/bin/env python3
"""Measures the server from outside: size, start, memory, and requests per second of the digits model over gRPC.

    .venv/bin/python Benchmarks/serving.py [--server BINARY] [--peer NAME=COMMAND] [--rounds N] [--output FILE.json]

A peer is another server of the digits model; `{port}`, `{base}` (the folder of the versions) and `{model}` (that of
version 2) in its command are filled in:

    --peer 'tensorflow_model_server=tensorflow_model_server --port={port} --model_name=digits --model_base_path={base}'

Server and peer take turns, load by load and round by round, so that a busy machine hurts both; the best round counts,
because noise only ever slows down. The load is made by h2load (Debian: nghttp2-client) on the same machine. Every answer
is checked by its size: h2load itself does not look at gRPC's status. Tables go to standard output.
"""

import argparse
import json
import os
import re
import socket
import struct
import subprocess
import sys
import tempfile
import time

from machine import ROOT, processor

sys.path.insert(0, os.path.join(ROOT, "Examples", "digits"))

import client
import grpc
from tensorflow_serving.apis import prediction_service_pb2_grpc

BASE = os.path.join(ROOT, "Examples", "digits", "models", "digits")
PICTURE = os.path.join(ROOT, "Examples", "digits", "images", "3.png")
LOADS = {  # name: connections, streams of each, requests
    "one call in flight": (1, 1, 6000),
    "4 connections x 8 calls": (4, 8, 40000),
    "8 connections x 32 calls": (8, 32, 40000),
}


class Running:
    """A server process from its start to its first answer, and to its end."""

    def __init__(self, command, request=None, method="Predict"):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        words = [word.format(port=self.port, base=BASE, model=os.path.join(BASE, "2")) for word in command]
        start = time.perf_counter()
        self.process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.answer = self._first_answer(client.request(PICTURE) if request is None else request, method)
        self.seconds = time.perf_counter() - start

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(20)

    def _first_answer(self, request, method):
        while True:
            if self.process.poll() is not None:
                raise SystemExit(f"{self.process.args} ended with {self.process.returncode}")
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                time.sleep(0.001)
                continue
            with grpc.insecure_channel(f"127.0.0.1:{self.port}") as channel:
                try:
                    service = prediction_service_pb2_grpc.PredictionServiceStub(channel)
                    return getattr(service, method)(request, timeout=10)
                except grpc.RpcError:
                    time.sleep(0.001)

    def resident(self):
        with open(f"/proc/{self.process.pid}/status") as file:
            fields = dict(line.split(":", 1) for line in file)
        return {name: int(fields[name].split()[0]) * 1024 for name in ("VmRSS", "RssAnon")}


def load(running, body, connections, streams, requests):
    """Requests per second, and latency in microseconds: median and 99th percentile."""
    with tempfile.NamedTemporaryFile() as log:
        command = [
            "h2load", "-n", str(requests), "-c", str(connections), "-m", str(streams), "-d", body,
            "-H", "content-type: application/grpc", "-H", "te: trailers", f"--log-file={log.name}",
            f"http://127.0.0.1:{running.port}/tensorflow.serving.PredictionService/Predict",
        ]  # fmt: skip
        out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        times = sorted(int(line.split()[2]) for line in open(log.name))
    data = int(re.search(r"([\d]+)\) data", out)[1])
    expected = requests * (5 + len(running.answer.SerializeToString()))
    if len(times) != requests or data != expected:
        raise SystemExit(f"{len(times)} of {requests} answers, {data} of {expected} bytes:\n{out}")
    return {
        "requests_per_second": float(re.search(r"([\d.]+) req/s", out)[1]),
        "median_us": times[len(times) // 2],
        "p99_us": times[len(times) * 99 // 100],
    }


def measure(commands, rounds):
    body = tempfile.NamedTemporaryFile()
    message = client.request(PICTURE).SerializeToString()
    body.write(struct.pack(">BI", 0, len(message)) + message)
    body.flush()
    figures = {name: {"loads": {}} for name in commands}
    for _ in range(max(rounds, 3)):
        for name, command in commands.items():
            with Running(command) as running:
                time.sleep(1)
                got = figures[name]
                got["start_seconds"] = min(got.get("start_seconds", 1e9), running.seconds)
                got["idle_resident"] = running.resident()
    for label, (connections, streams, requests) in LOADS.items():
        for _ in range(rounds):
            for name, command in commands.items():
                with Running(command) as running:
                    load(running, body.name, connections, streams, requests // 10)
                    result = load(running, body.name, connections, streams, requests)
                    best = figures[name]["loads"].get(label)
                    if best is None or result["requests_per_second"] > best["requests_per_second"]:
                        figures[name]["loads"][label] = result
                    figures[name]["loaded_resident"] = running.resident()
    return figures


def table(figures):
    names = list(figures)
    rows = [["", *names], ["---"] * (len(names) + 1)]

    def row(title, value):
        rows.append([title, *(value(figures[name]) for name in names)])

    row("start to first answer, ms", lambda f: f"{f['start_seconds'] * 1000:.0f}")
    row("resident when idle, MB", lambda f: f"{f['idle_resident']['VmRSS'] / 1e6:.1f}")
    row("of that not file-backed, MB", lambda f: f"{f['idle_resident']['RssAnon'] / 1e6:.1f}")
    row("resident after the loads, MB", lambda f: f"{f['loaded_resident']['VmRSS'] / 1e6:.1f}")
    for label in LOADS:
        row(f"{label}: requests/s", lambda f: f"{f['loads'][label]['requests_per_second']:,.0f}")
        row("… median / p99, ms", lambda f: "{median_us} / {p99_us}".format(**_milliseconds(f["loads"][label])))
    return "\n".join("| " + " | ".join(cells) + " |" for cells in rows)


def _milliseconds(result):
    return {key: f"{result[key] / 1000:.2f}" for key in ("median_us", "p99_us")}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--server", default=os.path.join(ROOT, ".build", "release", "model_server"))
    parser.add_argument("--peer", action="append", default=[], metavar="NAME=COMMAND")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--output")
    options = parser.parse_args()
    flags = ["--port={port}", "--model_name=digits", "--model_base_path={base}"]
    commands = {"model_server": [options.server, *flags]}
    for peer in options.peer:
        name, command = peer.split("=", 1)
        commands[name] = command.split()
    figures = measure(commands, options.rounds)
    print(f"{processor()}\n\n{table(figures)}")
    print(f"\nbinary: {os.path.getsize(options.server) / 1e6:.1f} MB")
    if options.output:
        with open(options.output, "w") as file:
            json.dump({"machine": processor(), "figures": figures}, file, indent=1)
            file.write("\n")


if __name__ == "__main__":
    main()
