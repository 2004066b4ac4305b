#!/usr/bin/env python3
"""Asks a server for predictions at an even rate and reports what came back, as one line of JSON, when told to stop.

    load.py HOST:PORT RATE DIGITS_PER_REQUEST

Ends when its standard input closes. The report: `sent`, `failed` (texts of the first errors), `failures`, `versions`
(answers by model version), `seconds`, `slowest` (seconds), `late` (requests that could not be sent in time).
"""

import json
import os
import queue
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import grpc
import numpy as np
from tensorflow_serving.apis import prediction_service_pb2_grpc

import serving

CHANNELS = 2
IN_FLIGHT = 64


def main():
    target, rate, rows = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
    request = serving.predict_request(
        "digits", {"image": np.zeros([rows, 28, 28, 1], np.float32)}, signature="predict_classes"
    )
    services = []
    for _ in range(CHANNELS):
        channel = grpc.insecure_channel(target, options=[("grpc.use_local_subchannel_pool", 1)])
        grpc.channel_ready_future(channel).result(10)
        services.append(prediction_service_pb2_grpc.PredictionServiceStub(channel))
    stop = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), stop.set()), daemon=True).start()
    print("ready", flush=True)

    slots, finished = threading.Semaphore(IN_FLIGHT), queue.SimpleQueue()
    sent = late = 0
    start = time.monotonic()
    while not stop.is_set():
        ahead = start + sent / rate - time.monotonic()
        if ahead > 0:
            time.sleep(ahead)
        elif ahead < -0.25:
            late += 1
        slots.acquire()
        call = services[sent % CHANNELS].Predict.future(request, timeout=10)
        began = time.monotonic()

        def done(call, began=began):
            slots.release()
            finished.put((call, time.monotonic() - began))

        call.add_done_callback(done)
        sent += 1
    seconds = time.monotonic() - start
    report = {"sent": sent, "failed": [], "failures": 0, "versions": {}, "seconds": seconds, "slowest": 0, "late": late}
    for _ in range(sent):
        call, took = finished.get(timeout=20)
        report["slowest"] = max(report["slowest"], took)
        if call.code() == grpc.StatusCode.OK:
            version = str(call.result().model_spec.version.value)
            report["versions"][version] = report["versions"].get(version, 0) + 1
        else:
            report["failures"] += 1
            if len(report["failed"]) < 5:
                report["failed"].append(f"{call.code()}: {call.details()}")
    print(json.dumps(report), flush=True)


if __name__ == "__main__":
    main()
