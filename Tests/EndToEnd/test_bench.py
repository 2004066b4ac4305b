"""`model_server bench`, with the real binary."""

import json
import os
import subprocess
from types import SimpleNamespace

import pytest

from serving import BINARY, DIGITS, FIXTURES, HALF_PLUS_TWO, Server, free_port

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
    report = json.loads(out)
    profile = report["profile"]
    assert profile and all(one["count"] > 0 and one["total_ms"] >= one["self_ms"] >= 0 for one in profile)
    assert json.loads(path.read_text())
    assert report["limits"]["gflops"] > 0 and report["limits"]["gb_per_second"] > 0
    convolution = next(one for one in report["profile_nodes"] if "Conv2D" in one["op"])
    assert convolution["node"] and convolution["count"] > 0
    share = convolution["gflops"] / report["limits"]["gflops"]
    assert convolution["gflops_share"] == pytest.approx(share) and convolution["gb_per_second_share"] > 0
    status, out, err = bench(DIGITS, "--profile")
    assert status == 0 and profile[0]["op"] in out and "peak memory" in out
    assert "GFLOP/s" in out and "limits for one run: " in out


def test_traces_need_no_profile(tmp_path):
    status, out, err = bench(HALF_PLUS_TWO, "--trace", tmp_path / "trace.json", "--json")
    assert status == 0, err
    assert json.loads(out)["profile"] is json.loads(out)["profile_nodes"] is json.loads(out)["limits"] is None
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


def load(server, *arguments, seconds=0.5):
    """(exit status, standard output, standard error) of a load on a running server."""
    command = [BINARY, "bench", f"--server=localhost:{server.port}", f"--seconds={seconds}", "--warm_up=0.1"]
    run = subprocess.run([*command, *map(str, arguments)], capture_output=True, timeout=120)
    return run.returncode, run.stdout.decode(), run.stderr.decode()


@pytest.fixture(scope="module")
def server():
    with Server("--model_name=half_plus_two", f"--model_base_path={HALF_PLUS_TWO}", ready=["half_plus_two"]) as server:
        yield server


def test_a_server_is_loaded_in_a_closed_loop(server, tmp_path):
    picture = tmp_path / "load.svg"
    status, out, err = load(
        server, "--model=half_plus_two", "--connections=2", "--concurrency=8", "--threads=2", "--batch=3",
        "--json", "--plot", picture,
    )
    assert status == 0 and err == "", err
    report = json.loads(out)
    assert report["failed"] == report["not_sent"] == 0 and report["lost"] is None
    assert (report["connections"], report["concurrency"], report["batch"]) == (2, 8, 3)
    assert report["answers"] > 10 and report["rows_per_second"] == pytest.approx(3 * report["answers_per_second"])
    assert 0 < report["min_ms"] <= report["p50_ms"] <= report["p90_ms"] <= report["p99_ms"] <= report["p999_ms"]
    assert "Latency over time" in picture.read_text()


def test_a_server_is_loaded_at_a_rate(server):
    status, out, _ = load(server, "--model=half_plus_two", "--rate=100", "--json", seconds=2)
    report = json.loads(out)
    assert status == 0 and report["offered_per_second"] == 100
    assert 20 < report["answers"] < 300
    status, out, _ = load(server, "--model=half_plus_two", "--rate=50", "--arrivals=even")
    assert status == 0 and "answers/s" in out and "p99.9" in out


def test_what_is_wrong_with_a_load_is_said(server):
    status, _, err = load(server, "--model=none")
    assert status == 1 and "Servable not found for request: Latest(none)" in err
    status, _, err = load(server, "--model=half_plus_two", "--signature=wrong")
    assert status == 1 and "has no signature wrong" in err
    status, _, err = load(server, "--model=half_plus_two", "--input=y=json:[1]")
    assert status == 1 and "has no input y" in err
    assert load(server)[0] == 2
    status, _, err = load(SimpleNamespace(port=free_port()), "--model=m")
    assert status == 1 and "cannot be reached: Connection refused" in err
