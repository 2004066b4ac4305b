"""The same binary gives the same numbers with the loops of every kind of processor, and runs on all of them."""

import os
import subprocess
import sys

import numpy as np
import pytest

import serving
from serving import array, predict_request

CHECK = os.path.join(serving.ROOT, "Scripts", "check-processor-levels")


@pytest.mark.parametrize("level", ["baseline", "avx2", "avx512"])
def test_digits_equal_tensorflow_at_each_level(level, goldens, monkeypatch):
    from test_bundled_models import pictures

    monkeypatch.setenv("MODEL_SERVER_PROCESSOR_LEVEL", level)
    folder = os.path.dirname(serving.DIGITS)
    with serving.Server("--model_name=digits", f"--model_base_path={folder}/digits", ready=["digits"]) as server:
        request = predict_request("digits", {"image": pictures()}, signature="predict_classes")
        scores = array(server.predict(request).outputs["decoded"])
        np.testing.assert_allclose(scores, goldens["digits"]["2"]["pictures"], rtol=0, atol=1e-5)
        used = server.log.split("vector loops: ")[1].split("\n")[0]
        assert used == level or used.endswith(f"({level} was asked for, which this processor does not support)")


def test_an_unknown_level_is_named_in_the_log(monkeypatch):
    monkeypatch.setenv("MODEL_SERVER_PROCESSOR_LEVEL", "sse9")
    with serving.Server("--model_name=half_plus_two", f"--model_base_path={serving.HALF_PLUS_TWO}") as server:
        text = "(sse9 was asked for, which is none of baseline, avx2, avx512)"
        serving.wait_until(lambda: text in server.log, "the log tells")


def test_code_for_newer_processors_is_only_reached_by_choice():
    check = subprocess.run([sys.executable, CHECK, serving.BINARY], capture_output=True, text=True)
    assert check.returncode == 0, check.stdout + check.stderr


def test_the_check_finds_such_code(tmp_path):
    source = tmp_path / "wide.c"
    source.write_text("#include <immintrin.h>\nint main(void) { return _mm256_extract_epi32(_mm256_set1_epi32(0), 0); }\n")
    program = tmp_path / "wide"
    subprocess.run(["clang", "-O0", "-mavx2", str(source), "-o", str(program)], check=True)
    check = subprocess.run([sys.executable, CHECK, str(program)], capture_output=True, text=True)
    assert check.returncode == 1 and "main: v" in check.stdout, check.stdout + check.stderr
