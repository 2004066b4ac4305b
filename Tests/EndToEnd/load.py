#!/usr/bin/env python3
"""Even load on a server, from processes of its own, each of which does what it reads from its standard input:

    HOST:PORT RATE DIGITS_PER_REQUEST    asks for predictions at an even rate, after it has said `ready`
    stop                                 ends that and reports what came back, as one line of JSON

The report: `sent`, `failed` (texts of the first errors), `failures`, `versions` (answers by model version), `seconds`,
`slowest` (seconds).
"""

import atexit
import json
import os
import queue
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import grpc
import numpy as np
from tensorflow_serving.apis import prediction_service_pb2_grpc

import serving

PROCESSES = 2
CHANNELS = 2
IN_FLIGHT = 64


class Load:
    """Even load of `rate` digits a second as long as the `with` block lasts."""

    idle = []  # processes that have ended their load and wait for another

    def __init__(self, port, rate=300):
        self.processes = [Load.idle.pop() if Load.idle else Load._start() for _ in range(PROCESSES)]
        for process in self.processes:
            print(f"127.0.0.1:{port} {rate / PROCESSES} 1", file=process.stdin, flush=True)
        for process in self.processes:
            assert process.stdout.readline() == "ready\n"

    @staticmethod
    def _start():
        command = [sys.executable, os.path.abspath(__file__)]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        atexit.register(process.communicate)
        return process

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in self.processes:
            print("stop", file=process.stdin, flush=True)
        reports = [json.loads(process.stdout.readline()) for process in self.processes]
        Load.idle += self.processes
        self.failed = sum((report["failed"] for report in reports), [])
        self.failures = sum(report["failures"] for report in reports)
        self.rate = sum(report["sent"] / report["seconds"] for report in reports)
        self.slowest = max(report["slowest"] for report in reports)
        self.versions = set().union(*(report["versions"] for report in reports))
        print(f"{self.rate:.0f} requests/s, slowest {self.slowest * 1000:.0f} ms, {self.failures} failed")


def main():
    while line := sys.stdin.readline():
        target, rate, rows = line.split()
        run(target, float(rate), int(rows))


def run(target, rate, rows):
    request = serving.predict_request(
        "digits", {"image": np.zeros([rows, 28, 28, 1], np.float32)}, signature="predict_classes"
    )
    channels = [
        grpc.insecure_channel(target, options=[("grpc.use_local_subchannel_pool", 1)]) for _ in range(CHANNELS)
    ]
    for channel in channels:
        grpc.channel_ready_future(channel).result(30)
    services = [prediction_service_pb2_grpc.PredictionServiceStub(channel) for channel in channels]
    stop = threading.Event()
    reader = threading.Thread(target=lambda: (sys.stdin.readline(), stop.set()))
    reader.start()
    print("ready", flush=True)

    slots, finished = threading.Semaphore(IN_FLIGHT), queue.SimpleQueue()
    sent = 0
    start = time.monotonic()
    while not stop.is_set():
        ahead = start + sent / rate - time.monotonic()
        if ahead > 0:
            time.sleep(ahead)
        slots.acquire()
        call = services[sent % CHANNELS].Predict.future(request, timeout=30)
        began = time.monotonic()

        def done(call, began=began):
            slots.release()
            finished.put((call, time.monotonic() - began))

        call.add_done_callback(done)
        sent += 1
    seconds = time.monotonic() - start
    report = {"sent": sent, "failed": [], "failures": 0, "versions": {}, "seconds": seconds, "slowest": 0}
    for _ in range(sent):
        call, took = finished.get(timeout=60)
        report["slowest"] = max(report["slowest"], took)
        if call.code() == grpc.StatusCode.OK:
            version = str(call.result().model_spec.version.value)
            report["versions"][version] = report["versions"].get(version, 0) + 1
        else:
            report["failures"] += 1
            if len(report["failed"]) < 5:
                report["failed"].append(f"{call.code()}: {call.details()}")
    reader.join()
    for channel in channels:
        channel.close()
    print(json.dumps(report), flush=True)


if __name__ == "__main__":
    main()
