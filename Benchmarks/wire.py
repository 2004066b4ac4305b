#!/usr/bin/env python3
"""Measures the way of a small Predict through the server: requests per second beside peers, and what a request costs.

    .venv/bin/python Benchmarks/wire.py [--server BINARY] [--model NAME=FOLDER_OF_VERSIONS] [--peer 'NAME=COMMAND']
        [--rounds N] [--seconds S] [--costs] [--output FILE.json]

Without --model half_plus_two of the examples is measured, which computes next to nothing. A peer is another server of the
same model; `{port}`, `{name}`, `{base}` (the folder of the versions) and `{model}` (that of the newest) in its command are
filled in. All servers take turns, load by load and round by round, so that a busy machine hurts all; the best round counts.
The load is made by h2load (Debian: nghttp2-client) on the same machine, and every answer is checked by its size. The table
goes to standard output as Markdown, with how many times as many requests as each peer the server answers; --output writes
all figures, with the machine and the date.

--costs counts for each request, of this server only: instructions outside of the kernel, and calls of the allocator, by
valgrind's callgrind on a copy of the binary without debugging information and without AVX-512, which callgrind does not
know; and system calls, by strace. Unlike times, these numbers hardly depend on what else the machine does.
"""

import argparse
import json
import os
import re
import shutil
import socket
import struct
import subprocess
import tempfile
import time

from batching import one_row, table
from machine import ROOT, processor
from serving import Running, load

BASE = os.path.join(ROOT, "Examples", "half_plus_two")
LOADS = {  # name: connections, streams of each, share of the requests
    "one call in flight": (1, 1, 0.25),
    "4 connections x 8 calls": (4, 8, 1),
    "4 connections x 32 calls": (4, 32, 1),
}
COUNTED = 10_000
ALLOCATORS = ("malloc", "calloc", "realloc", "posix_memalign", "aligned_alloc")


def servers(options, name, base):
    """Commands by name."""
    newest = os.path.join(base, max(filter(str.isdigit, os.listdir(base)), key=int))
    facts = {"name": name, "base": base, "model": newest}
    commands = {"model_server": [options.server, "--port={port}", f"--model_name={name}", f"--model_base_path={base}"]}
    for peer in options.peer:
        label, command = peer.split("=", 1)
        commands[label] = [w if w == "{port}" else w.format(port="{port}", **facts) for w in command.split()]
    return commands


def measure(commands, request, body, options):
    figures = {}
    for label, (connections, streams, share) in LOADS.items():
        for _ in range(options.rounds):
            for server, command in commands.items():
                with Running(command, request) as running:
                    warm = 200 * streams * connections
                    rate = load(running, body, connections, streams, warm)["requests_per_second"]
                    count = int(min(max(rate * options.seconds * share, 40), 500_000))
                    result = load(running, body, connections, streams, count)
                best = figures.setdefault(label, {}).get(server)
                if best is None or result["requests_per_second"] > best["requests_per_second"]:
                    figures[label][server] = result
    return figures


def ratios(figures):
    """How many times as many requests per second as each peer the server answers, by load."""
    found = {}
    for label, results in figures.items():
        own = results["model_server"]["requests_per_second"]
        peers = {name: one["requests_per_second"] for name, one in results.items() if name != "model_server"}
        found[label] = {name: own / rate for name, rate in peers.items()}
    return found


def show_ratios(found):
    """Further rows of the table: the server's column, then one for each peer."""
    for label, times in found.items():
        if times:
            print("| " + " | ".join([f"{label}: times as many", "1", *(f"{one:.2f}" for one in times.values())]) + " |")


class Watched:
    """The server under a tool that makes it slow."""

    def __init__(self, tool, command, environment):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        words = [*tool, *(word.replace("{port}", str(self.port)) for word in command)]
        self.process = subprocess.Popen(
            words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, **environment}
        )
        while True:
            if self.process.poll() is not None:
                raise SystemExit(f"{words} ended with {self.process.returncode}")
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                break
            except OSError:
                time.sleep(0.1)
        time.sleep(2)

    def load(self, body, count, connections=4, streams=8):
        command = [
            "h2load", "-n", str(count), "-c", str(connections), "-m", str(streams), "-d", body,
            "-H", "content-type: application/grpc", "-H", "te: trailers",
            f"http://127.0.0.1:{self.port}/tensorflow.serving.PredictionService/Predict",
        ]  # fmt: skip
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)

    def end(self):
        self.process.terminate()
        self.process.wait(60)


def instructions(options, command, body, folder):
    """Instructions and allocations for each request."""
    stripped = os.path.join(folder, "model_server")
    shutil.copy(options.server, stripped)
    subprocess.run(["strip", "-g", stripped], check=True)
    out = os.path.join(folder, "callgrind.out")
    tool = ["valgrind", "--tool=callgrind", "--instr-atstart=no", f"--callgrind-out-file={out}"]
    environment = {"MODEL_SERVER_PROCESSOR_LEVEL": "avx2", "OPENBLAS_CORETYPE": "Haswell"}
    watched = Watched(tool, [stripped, *command[1:]], environment)
    watched.load(body, COUNTED // 5)
    control = ["callgrind_control", "-i"]
    subprocess.run([*control, "on", str(watched.process.pid)], stdout=subprocess.DEVNULL, check=True)
    watched.load(body, COUNTED)
    subprocess.run([*control, "off", str(watched.process.pid)], stdout=subprocess.DEVNULL, check=True)
    watched.end()
    annotated = subprocess.run(
        ["callgrind_annotate", "--tree=caller", "--threshold=100", out], capture_output=True, text=True, check=True
    ).stdout
    total = int(re.search(r"([\d,]+) \([\d.]+%\)  PROGRAM TOTALS", annotated)[1].replace(",", ""))
    return {"instructions": total / COUNTED, "allocations": _calls(annotated) / COUNTED}


def _calls(annotated):
    """How often others called the allocator, which calls itself, too."""
    calls, callers = 0, []
    for line in annotated.splitlines():
        found = re.search(r"< (\S+:.*) \(([\d,]+)x\)", line)
        if found:
            callers.append((found[1], int(found[2].replace(",", ""))))
            continue
        function = re.search(r"\*  \S*:(\S+) \[\S*libc", line)
        if function and function[1] in ALLOCATORS:
            calls += sum(count for caller, count in callers if "malloc.c:" not in caller)
        callers = []
    return calls


def system_calls(command, body, folder):
    """System calls for each request."""
    out = os.path.join(folder, "strace.out")
    watched = Watched(["strace", "-f", "-c", "-o", out], command, {})
    watched.load(body, COUNTED)
    watched.end()
    counts = {}
    for line in open(out):
        words = line.split()
        if len(words) >= 5 and words[0].replace(".", "").isdigit() and words[-1] != "total":
            counts[words[-1]] = int(words[3]) / COUNTED
    return {name: round(count, 3) for name, count in counts.items() if count >= 0.01}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--server", default=os.path.join(ROOT, ".build", "release", "model_server"))
    parser.add_argument("--model", metavar="NAME=FOLDER", default=f"half_plus_two={BASE}")
    parser.add_argument("--peer", action="append", default=[], metavar="NAME=COMMAND")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2, help="about how long each load lasts")
    parser.add_argument("--costs", action="store_true", help="count instructions, allocations and system calls")
    parser.add_argument("--output")
    options = parser.parse_args()
    name, base = options.model.split("=", 1)
    commands = servers(options, name, os.path.abspath(base))
    figures = {"machine": processor(), "date": time.strftime("%Y-%m-%d", time.gmtime()), "model": name}
    with tempfile.TemporaryDirectory() as folder:
        request = one_row(name, os.path.abspath(base), options.server)
        message = request.SerializeToString()
        body = os.path.join(folder, "body")
        with open(body, "wb") as file:
            file.write(struct.pack(">BI", 0, len(message)) + message)
        figures["figures"] = measure(commands, request, body, options)
        figures["ratios"] = ratios(figures["figures"])
        print(table(name, figures["figures"]))
        show_ratios(figures["ratios"])
        if options.costs:
            figures["costs"] = instructions(options, commands["model_server"], body, folder)
            figures["costs"]["system calls"] = system_calls(commands["model_server"], body, folder)
            print("\n" + json.dumps(figures["costs"], indent=1))
    if options.output:
        with open(options.output, "w") as file:
            json.dump(figures, file, indent=1)
            file.write("\n")


if __name__ == "__main__":
    main()
