"""How often the server asks for memory to answer a small Predict: a number that must not grow."""

import os
import struct

import numpy as np
import pytest

import serving

COUNTED = os.path.join(os.path.dirname(serving.BINARY), "CountedServer")
WARM_UP = 500
ROUNDS = 20
REQUESTS = 50

# Allocations of one request when everything has been seen before. Digits takes long enough to be handed to another thread when
# the machine is busy, which takes some, too.
LIMITS = {"half_plus_two": 11, "digits": 40}


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


REQUESTS_BY_MODEL = {
    "half_plus_two": (serving.HALF_PLUS_TWO, serving.half_plus_two()),
    "digits": (serving.DIGITS, serving.predict_request("digits", {"image": np.zeros((1, 28, 28, 1), np.float32)})),
}


@pytest.mark.parametrize("name", LIMITS)
def test_a_small_request_allocates_little(counted, name):
    base, request = REQUESTS_BY_MODEL[name]
    with serving.Server(f"--model_name={name}", f"--model_base_path={base}", ready=[name]) as server:
        server.predict(request)
        found = counted.per_request(lambda: server.predict(request))
    print(f"{name}: {found} allocations for each request")
    assert 0 < found <= LIMITS[name]
