#!/usr/bin/env python3
"""Measures the end of the server under load: from SIGTERM to the exit with calls in flight, and how many calls failed.

    .venv/bin/python Benchmarks/drain.py [--server BINARY] [--calls N] [--rounds N] [--milliseconds MS]

All calls are sent at once over four connections of grpcio, each call keeps one processor busy for about MS milliseconds, and
SIGTERM comes when the first of them is answered. A call has failed if it does not end with the right answer. The table
goes to standard output.
"""

import argparse
import os
import signal
import sys
import time

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), ".."))
sys.path.insert(0, os.path.join(ROOT, "Tests", "EndToEnd"))

import grpc
import numpy as np
from tensorflow_serving.apis import prediction_service_pb2_grpc

CONNECTIONS = 4


def request(serving, side):
    return serving.predict_request("slow", {"side": np.int32(side).reshape(())})


def side_of(serving, server, seconds):
    """A size for which a call takes at least so long."""
    for side in (10, 10, *range(20, 3000, 20)):
        began = time.perf_counter()
        server.predict(request(serving, side))
        if time.perf_counter() - began >= seconds:
            return side
    raise SystemExit("no size of the slow model is slow enough")


def is_right(call):
    return call.code() == grpc.StatusCode.OK and abs(call.result().outputs["mean"].float_val[0] - 1) < 1e-3


def measure(serving, calls, seconds):
    base = os.path.join(serving.FIXTURES, "models", "slow")
    with serving.Server("--model_name=slow", f"--model_base_path={base}", ready=["slow"]) as server:
        side = side_of(serving, server, seconds)
        options = [("grpc.use_local_subchannel_pool", 1)]
        channels = [grpc.insecure_channel(f"127.0.0.1:{server.port}", options=options) for _ in range(CONNECTIONS)]
        for channel in channels:
            grpc.channel_ready_future(channel).result(10)
        stubs = [prediction_service_pb2_grpc.PredictionServiceStub(channel) for channel in channels]
        sent = [stubs[number % CONNECTIONS].Predict.future(request(serving, side), timeout=120) for number in range(calls)]
        while not any(call.done() for call in sent):
            time.sleep(0.001)
        began = time.perf_counter()
        server.process.send_signal(signal.SIGTERM)
        in_flight = sum(not call.done() for call in sent)
        failed = sum(not is_right(call) for call in sent)
        answered = time.perf_counter() - began
        server.expect_end(seconds=60)
        ended = time.perf_counter() - began
        for channel in channels:
            channel.close()
    return in_flight, failed, answered, ended


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--server", default=os.path.join(ROOT, ".build", "release", "model_server"))
    parser.add_argument("--calls", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--milliseconds", type=float, default=5)
    options = parser.parse_args()
    os.environ["MODEL_SERVER"] = options.server
    import serving

    print("| in flight at SIGTERM | failed | last answer after, s | exit after, s |\n|---|---|---|---|")
    for _ in range(options.rounds):
        in_flight, failed, answered, ended = measure(serving, options.calls, options.milliseconds / 1000)
        print(f"| {in_flight} | {failed} | {answered:.2f} | {ended:.2f} |", flush=True)


if __name__ == "__main__":
    main()
