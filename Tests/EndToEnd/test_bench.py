"""`model_server bench`, with the real binary."""

import json
import os
import subprocess

import pytest

from serving import BINARY, DIGITS, FIXTURES, HALF_PLUS_TWO

MODELS = os.path.join(FIXTURES, "models")


def bench(*arguments):
    """(exit status, standard output, standard error)."""
    run = subprocess.run(
        [BINARY, "bench", "--seconds=0.2", *map(str, arguments)], capture_output=True, timeout=300
    )
    return run.returncode, run.stdout.decode(), run.stderr.decode()


def test_report_is_one_line_of_json():
    status, out, err = bench(os.path.join(DIGITS, "2"), "--batch", 4, "--threads", 2, "--json")
    assert status == 0 and err == "" and out.count("\n") == 1
    report = json.loads(out)
    assert (report["batch"], report["threads"], report["concurrency"]) == (4, 2, 1)
    assert 0 < report["min_ms"] <= report["median_ms"] <= report["p90_ms"] <= report["p99_ms"] <= report["p999_ms"]
    assert report["load_ms"] > 0 and report["first_run_ms"] > 0 and report["peak_rss_bytes"] > 1 << 20
    assert report["runs"] >= 1 and report["rows_per_second"] > 0 and report["mean_ms"] >= report["min_ms"]


def test_report_for_people():
    status, out, err = bench(HALF_PLUS_TWO, "--concurrency=2", "--threads=2")
    assert status == 0 and "version 1 of " in err
    assert "of 1 row, 2 runs at a time, 2 threads\n" in out
    for line in ("loaded in", "first run", "median", "99 %", "rows/s", "peak memory"):
        assert f"  {line}  " in out


def test_kernels_are_profiled(tmp_path):
    path = tmp_path / "trace.json"
    status, out, err = bench(DIGITS, "--profile", "--trace", path, "--json")
    assert status == 0, err
    profile = json.loads(out)["profile"]
    assert profile and all(one["count"] > 0 and one["total_ms"] >= one["self_ms"] >= 0 for one in profile)
    assert json.loads(path.read_text())
    status, out, err = bench(DIGITS, "--profile")
    assert status == 0 and profile[0]["op"] in out and "peak memory" in out
    assert bench(DIGITS, "--trace=/no/such/folder/x")[0] == 1


def test_signatures_that_cannot_be_batched_run_too():
    status, out, err = bench(os.path.join(MODELS, "slow"), "--input=side=json:3", "--json")
    assert status == 0, err
    status, out, err = bench(os.path.join(MODELS, "counter"), "--signature=get", "--json")
    assert status == 0, err
    status, out, err = bench(os.path.join(MODELS, "echo"), "--signature=int32", "--batch=7", "--shape=x=2,3", "--json")
    assert status == 0, err


@pytest.mark.parametrize("arguments, status, text", [
    ((), 2, "a folder is missing"),
    ((DIGITS, "--batch=0"), 2, "--batch takes a whole number from 1 to 1000000, got '0'"),
    ((DIGITS, "--threads=2", "--concurrency=3"), 2, "--concurrency takes a whole number from 1 to 2 (that of the threads)"),
    ((DIGITS, "--seconds=0.5", "--seconds=1"), 2, "--seconds is there "),
    ((DIGITS, "--bach=1"), 2, "did you mean --batch?"),
    ((DIGITS, "--signature=nothing"), 1, "has no signature nothing"),
    ((DIGITS, "--shape=image=3"), 1, "input image: "),
    ((os.path.join(MODELS, "examples"),), 1, "made-up inputs do not do for this model"),
])
def test_misuse_is_explained(arguments, status, text):
    found, out, err = bench(*arguments)
    assert (found, out) == (status, "") and text in err
