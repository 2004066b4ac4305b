#!/usr/bin/env python3
"""What a Classify call costs a server: processor time and latency with 1 and with 100 examples, one call in flight.

    .venv/bin/python Benchmarks/examples.py BINARY [BINARY ...]

Prints one line per binary and number of examples. Several binaries take turns, so that a change of the machine's pace meets all.
"""

import os
import statistics
import sys
import time

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.path.insert(0, os.path.join(ROOT, "Tests", "EndToEnd"))
import serving  # noqa: E402
from tensorflow_serving.apis import classification_pb2  # noqa: E402

MODEL = os.path.join(serving.FIXTURES, "models", "flowers_v1")
ROUNDS, CALLS = 5, {1: 1500, 100: 300}


def request(count):
    made = classification_pb2.ClassificationRequest()
    made.model_spec.name = "flowers"
    for row in range(count):
        features = made.input.example_list.examples.add().features
        features.feature["measures"].float_list.value.extend([0.5 * row, 1.0, -1.0, 2.0])
        features.feature["petals"].int64_list.value.append(row)
        features.feature["notes"].bytes_list.value.append(b"a note of some length")
    return made.SerializeToString()


def measure(binary, count):
    """(processor seconds, median seconds) of a call."""
    serving.BINARY = os.path.abspath(binary)
    with serving.Server("--model_name=flowers", f"--model_base_path={MODEL}", ready=["flowers"]) as server:
        call = server.channel.unary_unary("/tensorflow.serving.PredictionService/Classify")
        content, times = request(count), []
        for _ in range(100):
            call(content)
        before = server.processor_seconds()
        for _ in range(CALLS[count]):
            start = time.perf_counter()
            call(content)
            times.append(time.perf_counter() - start)
        return (server.processor_seconds() - before) / CALLS[count], statistics.median(times)


def main():
    found = {}
    for _ in range(ROUNDS):
        for binary in sys.argv[1:]:
            for count in CALLS:
                found.setdefault((binary, count), []).append(measure(binary, count))
    for (binary, count), values in found.items():
        processor, latency = (statistics.median(column) * 1e6 for column in zip(*values))
        print(f"{binary}: {count} examples: {processor:.0f} us of processor time, {latency:.0f} us")


if __name__ == "__main__":
    main()
