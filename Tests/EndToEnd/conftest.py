"""Shared servers of the end-to-end tests."""

import json
import os

import pytest

import serving


def pytest_sessionstart(session):
    if not os.access(serving.BINARY, os.X_OK):
        pytest.exit(f"no server at {serving.BINARY}: run `make build`, or set MODEL_SERVER", returncode=2)


@pytest.fixture(scope="session")
def goldens():
    """TensorFlow's own answers for the bundled models."""
    with open(os.path.join(serving.FIXTURES, "goldens.json")) as file:
        return json.load(file)


@pytest.fixture(scope="session")
def shared(tmp_path_factory):
    """One server for all tests that only ask: the bundled models and the fixtures that load."""
    models = {"digits": serving.DIGITS, "half_plus_two": serving.HALF_PLUS_TWO}
    for name in ("echo", "arithmetic", "slow", "counter"):
        models[name] = os.path.join(serving.FIXTURES, "models", name)
    path = serving.config(tmp_path_factory.mktemp("shared") / "models.config", models)
    with serving.Server(f"--model_config_file={path}", ready=models, rest=True) as server:
        yield server


@pytest.fixture
def server(shared):
    """The shared server, which must outlive the test and answer after it."""
    yield shared
    assert shared.alive, f"the server died with {shared.process.returncode}:\n{shared.log[-4000:]}"
    answer = shared.predict(serving.half_plus_two())
    assert list(answer.outputs["y"].float_val) == [2.5, 3.0, 4.5]
