"""Weights of reduced precision: `--precision`, with the real server and commands."""

import json
import os
import subprocess

import numpy as np
import pytest

from serving import BINARY, DIGITS, Server, array, predict_request

NAMES = ["half", "bytes", "full"]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The digits model three times: with weights as bf16, as int8_weights, and as they are."""
    config = tmp_path_factory.mktemp("precision") / "models.config"
    models = "".join(
        f'config {{ name: "{name}" base_path: "{DIGITS}" model_platform: "tensorflow" }}\n' for name in NAMES
    )
    config.write_text(f"model_config_list {{ {models} }}")
    flags = ["--precision=bf16,bytes:int8_weights,full:float,absent:bf16"]
    with Server(f"--model_config_file={config}", *flags, ready=NAMES) as server:
        yield server


def scores(server, name, images):
    answer = server.predict(predict_request(name, {"image": images}, signature="predict_classes"))
    return np.array(array(answer.outputs["decoded"]))


@pytest.fixture(scope="module")
def noise():
    return np.random.default_rng(7).random((32, 28, 28, 1), np.float32)


# bf16 has 8 bits, int8_weights 127 steps: scores, which are shares of one, may differ by so much.
@pytest.mark.parametrize("name, tolerance", [("half", 0.01), ("bytes", 0.03)])
def test_answers_are_near_those_of_full_weights(server, noise, name, tolerance):
    full = scores(server, "full", noise)
    narrow = scores(server, name, noise)
    assert 0 < np.abs(narrow - full).max() < tolerance


def test_models_that_are_left_alone_answer_as_ever(server, noise):
    full = scores(server, "full", noise)
    with Server("--model_name=digits", f"--model_base_path={DIGITS}", ready=["digits"]) as plain:
        assert np.array_equal(full, scores(plain, "digits", noise))
        assert " kept as " not in plain.log


def test_the_log_tells_what_was_lost(server):
    lines = [line for line in server.log.splitlines() if " kept as " in line]
    for name, precision in (("half", "bf16"), ("bytes", "int8_weights")):
        (line,) = [line for line in lines if f"name: {name} " in line]
        assert f"kept as {precision}: " in line and "the largest error of a weight is 0." in line
    assert len(lines) == 2
    assert "--precision names model absent, which is not among those to serve" in server.log


@pytest.mark.parametrize("value, expected", [
    ("half", "--precision knows float, bf16, int8_weights, not 'half'; was 'half'"),
    ("digits:bf16,", "--precision has an empty part between its commas; was 'digits:bf16,'"),
    ("digits:bf16,digits:float", "--precision names model digits twice; was 'digits:bf16,digits:float'"),
])  # fmt: skip
def test_mistakes_are_pointed_out(value, expected):
    command = [BINARY, "--port=0", "--grpc_socket_path=/nowhere/s", f"--model_base_path={DIGITS}", f"--precision={value}"]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert run.returncode != 0 and expected in run.stdout + run.stderr


def test_mixed_precision_means_bf16():
    flags = ["--model_name=digits", f"--model_base_path={DIGITS}"]
    with Server(*flags, "--mixed_precision=bfloat16", ready=["digits"]) as server:
        assert "kept as bf16: " in server.log
    with Server(*flags, "--mixed_precision=other", ready=["digits"]) as server:
        assert "kept as" not in server.log
        assert "--mixed_precision=other has no effect: only bfloat16 is known" in server.log


def bench(*arguments):
    command = [BINARY, "bench", "--seconds=0.1", *arguments, os.path.join(DIGITS, "2")]
    run = subprocess.run(command, capture_output=True, text=True, timeout=300)
    return run.returncode, run.stdout, run.stderr


@pytest.mark.parametrize("precision, share, limit", [("bf16", 2, 0.02), ("int8_weights", 4, 0.1)])
def test_bench_compares_with_full_weights(precision, share, limit):
    status, out, err = bench(f"--precision={precision}", "--batch=8", "--json")
    assert status == 0, err
    report = json.loads(out)
    assert report["precision"] == precision and report["reduced_matrices"] >= 1
    assert report["full_bytes"] / share <= report["reduced_bytes"] < report["full_bytes"] / share * 1.1
    assert 0 < report["weight_error_rms"] and 0 < report["largest_weight_error"] < 0.004
    assert report["output_errors"]
    for output in report["output_errors"]:
        assert 0 <= output["largest_difference"] < limit * output["largest_magnitude"]
        assert output["rows"] is None or 0 <= output["rows_with_same_largest"] <= output["rows"] == 8


def test_bench_tells_people():
    status, out, err = bench("--precision=bf16")
    assert status == 0, err
    assert "weights as bf16: " in out and "differs by up to " in out


def test_bench_without_precision_compares_nothing():
    status, out, err = bench("--json")
    report = json.loads(out)
    assert report["precision"] == "float" and report["output_errors"] is None and report["reduced_matrices"] is None


def test_commands_know_the_same_words():
    status, out, err = bench("--precision=half")
    assert status == 2 and "--precision takes one of float, bf16, int8_weights, got 'half'" in err
