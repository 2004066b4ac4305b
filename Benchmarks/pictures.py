#!/usr/bin/env python3
"""The classic stress test of image servers: pictures are uploaded by HTTP, one every 0.05 s and all at once.

    .venv/bin/python Benchmarks/pictures.py --model FOLDER [--server BINARY] [--peer-python PYTHON] [--count 500]
        [--output FILE.json]

FOLDER is what Examples/resnet50/export.py wrote with its seed 0. Every answer must come and name the labels that the first
answer named. With --peer-python the classic Keras + Flask + Redis server (picture_peer/) is measured in the same run, with
the same weights, and its answers must be the same; the interpreter needs keras, tensorflow, flask, waitress, redis and
pillow, and the machine redis-server. Clients, servers and Redis share the machine.
"""

import argparse
import contextlib
import http.client
import io
import json
import os
import platform
import socket
import subprocess
import sys
import tempfile
import threading
import time

import numpy as np
from PIL import Image

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
BOUNDARY = "one-picture"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def upload():
    """The body of a form with a JPEG of 640x480: soft shapes and some noise, about 60 kB."""
    generator = np.random.default_rng(4)
    y, x = np.mgrid[0:480, 0:640] / 60.0
    planes = [np.sin(x * (1 + c) + y) * np.cos(y * (2 - c / 2)) * 90 + 128 for c in range(3)]
    pixels = np.stack(planes, -1) + generator.normal(0, 8, (480, 640, 3))
    target = io.BytesIO()
    Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).save(target, "JPEG", quality=80)
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="image"; filename="p.jpg"\r\n\r\n'
    return head.encode() + target.getvalue() + f"\r\n--{BOUNDARY}--\r\n".encode()


def post(port, body):
    """The labels and probabilities of an answer; raises unless it succeeded."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    try:
        connection.request("POST", "/predict", body, {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"})
        answer = json.loads(connection.getresponse().read())
    finally:
        connection.close()
    if answer.get("success") is not True:
        raise RuntimeError(str(answer)[:300])
    return [(entry["label"], entry["probability"]) for entry in answer["predictions"]]


def stress(port, body, count, gap):
    """Uploads `count` pictures, one every `gap` seconds, each by a thread of its own."""
    expected = [label for label, _ in post(port, body)]
    times, failures, lock = [], [], threading.Lock()

    def one():
        start = time.perf_counter()
        try:
            labels = [label for label, _ in post(port, body)]
            failure = None if labels == expected else f"other labels: {labels}"
        except Exception as error:
            failure = repr(error)[:300]
        with lock:
            times.append(time.perf_counter() - start)
            if failure:
                failures.append(failure)

    threads = [threading.Thread(target=one) for _ in range(count)]
    begin = time.perf_counter()
    for index, thread in enumerate(threads):
        time.sleep(max(0, begin + index * gap - time.perf_counter()))
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - begin
    times.sort()
    return {
        "succeeded": count - len(failures),
        "of": count,
        "p50_ms": round(times[len(times) // 2] * 1e3, 1),
        "p99_ms": round(times[int(len(times) * 0.99)] * 1e3, 1),
        "pictures_per_second": round(count / seconds, 1),
        "failures": sorted(set(failures))[:3],
    }


@contextlib.contextmanager
def running(*commands):
    processes = []
    try:
        for command in commands:
            processes.append(subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        yield processes
    finally:
        for process in reversed(processes):
            process.terminate()
        for process in processes:
            process.wait(30)


def wait_for_answer(port, body, processes, seconds=180):
    end = time.monotonic() + seconds
    while True:
        for process in processes:
            if process.poll() is not None:
                raise SystemExit(f"{process.args} ended with {process.returncode}")
        try:
            return post(port, body)
        except (OSError, http.client.HTTPException, RuntimeError):
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


@contextlib.contextmanager
def own_server(options):
    port = free_port()
    command = [
        options.server, f"--port={free_port()}", f"--rest_api_port={port}", "--model_name=resnet50",
        f"--model_base_path={os.path.abspath(options.model)}", "--rest_api_timeout_in_ms=600000", *options.flag,
    ]  # fmt: skip
    with running(command) as processes:
        yield port, processes


@contextlib.contextmanager
def classic_server(options):
    port, store = free_port(), free_port()
    peer = os.path.join(HERE, "picture_peer")
    with tempfile.TemporaryDirectory() as folder:
        redis = ["redis-server", "--port", str(store), "--save", "", "--dir", folder]
        model = [options.peer_python, os.path.join(peer, "model.py"), str(store), "0"]
        web = [options.peer_python, os.path.join(peer, "web.py"), str(port), str(store)]
        with running(redis, model, web) as processes:
            yield port, processes


def same(ours, theirs):
    """Whether two answers agree up to rounding."""
    return [label for label, _ in ours] == [label for label, _ in theirs] and np.allclose(
        [p for _, p in ours], [p for _, p in theirs], rtol=1e-3, atol=1e-6
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", required=True)
    parser.add_argument("--server", default=os.path.join(ROOT, ".build", "release", "model_server"))
    parser.add_argument("--flag", action="append", default=[], help="a further flag for the server; may be repeated")
    parser.add_argument("--peer-python", help="interpreter for the classic server")
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--output")
    options = parser.parse_args()
    body = upload()
    servers = {"model_server": own_server}
    if options.peer_python:
        servers["Keras + Flask + Redis"] = classic_server
    figures, answers = {}, {}
    for name, start in servers.items():
        with start(options) as (port, processes):
            answers[name] = wait_for_answer(port, body, processes)
            figures[name] = {
                "one every 0.05 s": stress(port, body, options.count, 0.05),
                "all at once": stress(port, body, options.count, 0),
            }
        for load, row in figures[name].items():
            print(f"{name}, {load}: {row}", flush=True)
    first, *others = answers.values()
    figures["answers agree"] = all(same(first, other) for other in others)
    print("answers agree:", figures["answers agree"])
    if options.output:
        figures["machine"] = {"processors": os.cpu_count(), "system": platform.platform()}
        with open(options.output, "w") as file:
            json.dump(figures, file, indent=1)
    succeeded = all(
        row["succeeded"] == row["of"] for name in servers for row in figures[name].values()
    )
    sys.exit(0 if succeeded and figures["answers agree"] else 1)


if __name__ == "__main__":
    main()
