"""How often the server asks for memory to answer a small Predict: a number that must not grow."""

import os
import struct

import numpy as np
import pytest
from tensorflow.core.framework import tensor_pb2, types_pb2

import serving

COUNTED = os.path.join(os.path.dirname(serving.BINARY), "CountedServer")
WARM_UP = 500
ROUNDS = 20
REQUESTS = 50


def typed(values):
    """A tensor of floats in the field of its type instead of in `tensor_content`."""
    tensor = tensor_pb2.TensorProto(dtype=types_pb2.DT_FLOAT, float_val=values)
    tensor.tensor_shape.dim.add(size=len(values))
    return tensor


HALF = ("half_plus_two", serving.HALF_PLUS_TWO, serving.half_plus_two())
HALF_TYPED = (*HALF[:2], serving.predict_request("half_plus_two", {"x": typed([1, 2, 5])}))
DIGITS = (
    "digits", serving.DIGITS, serving.predict_request("digits", {"image": np.zeros((1, 28, 28, 1), np.float32)})
)
BATCHED = "--enable_batching"

# A name; model, folder and request; flags; allocations of one request when everything has been seen before. What is computed on
# the thread that has read the request asks for none. Digits takes long enough to be handed to another thread, through a queue if
# it is batched.
CASES = [
    ("half_plus_two", HALF, [], 0),
    ("half_plus_two in the typed field", HALF_TYPED, [], 0),
    ("half_plus_two batched", HALF, [BATCHED], 0),
    ("digits", DIGITS, [], 12),
    ("digits batched", DIGITS, [BATCHED], 30),
]


class Allocations:
    """A server that counts its allocations."""

    def __init__(self, tmp_path):
        self.path = tmp_path / "allocations"
        self.path.write_bytes(bytes(8))

    def count(self):
        return struct.unpack("=Q", self.path.read_bytes())[0]

    def per_request(self, call):
        """The lowest of several rounds: what other threads do now and then, or a hand-over on a busy machine, is not the request's."""
        for _ in range(WARM_UP):
            call()
        rounds = []
        for _ in range(ROUNDS):
            before = self.count()
            for _ in range(REQUESTS):
                call()
            rounds.append((self.count() - before) / REQUESTS)
        return min(rounds)


@pytest.fixture
def counted(tmp_path, monkeypatch):
    if "release" not in serving.BINARY.split(os.sep):
        pytest.skip("what a build without optimisation allocates says nothing")
    if not os.access(COUNTED, os.X_OK):
        pytest.fail(f"no {COUNTED}: swift build -c release --static-swift-stdlib --product CountedServer")
    allocations = Allocations(tmp_path)
    monkeypatch.setattr(serving, "BINARY", COUNTED)
    monkeypatch.setenv("ALLOCATION_COUNTS", str(allocations.path))
    return allocations


@pytest.mark.parametrize("request_of_model, flags, limit", [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_small_request_allocates_little(counted, request_of_model, flags, limit):
    name, base, request = request_of_model
    with serving.Server(f"--model_name={name}", f"--model_base_path={base}", *flags, ready=[name]) as server:
        server.predict(request)
        assert counted.count() > 0, "nothing is counted"
        found = counted.per_request(lambda: server.predict(request))
    print(f"{found} allocations for each request")
    assert found <= limit
