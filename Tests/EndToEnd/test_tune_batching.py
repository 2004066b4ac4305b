"""`model_server tune-batching`, with the real binary: what it advises is valid, whatever the machine is like."""

import json
import os
import subprocess
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

import serving
from serving import BINARY, DIGITS, FIXTURES, HALF_PLUS_TWO, Server

MODELS = os.path.join(FIXTURES, "models")
QUICK = ("--seconds=0.4", "--max_batch_size=8")


def tune(*arguments, **environment):
    """(exit status, standard output, standard error)."""
    run = subprocess.run(
        [BINARY, "tune-batching", *map(str, arguments)], capture_output=True, timeout=300,
        env={**os.environ, **environment},
    )
    return run.returncode, run.stdout.decode(), run.stderr.decode()


def advised(*arguments):
    status, out, err = tune(*arguments)
    assert status == 0, err
    return out


def fields(text):
    """{name: value} of a parameters file."""
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return {line.split()[0].rstrip(":"): line.split()[-2 if line.endswith("}") else -1] for line in lines}


def test_printed_file_is_one_that_the_server_starts_with(tmp_path):
    out = advised(*QUICK, HALF_PLUS_TWO)
    found = fields(out)
    assert {"max_batch_size", "batch_timeout_micros", "max_enqueued_batches", "num_batch_threads"} <= set(found)
    assert int(found["max_batch_size"]) >= int(found.get("max_execution_batch_size", 1)) >= 1
    assert out.startswith("# Batching parameters for signature serving_default of ") and out.isascii()
    path = tmp_path / "batching_parameters.txt"
    path.write_text(out)
    check = subprocess.run([BINARY, "check-config", "--strict", path], capture_output=True, timeout=120)
    assert check.returncode == 0, check.stdout.decode() + check.stderr.decode()
    flags = ("--enable_batching", f"--batching_parameters_file={path}")
    with Server("--model_name=half", f"--model_base_path={HALF_PLUS_TWO}", *flags, ready=["half"]) as server:
        request = serving.predict_request("half", {"x": np.array([1, 2, 5], np.float32)})
        assert list(server.predict(request).outputs["y"].float_val) == [2.5, 3, 4.5]


def test_everything_else_goes_to_standard_error():
    status, out, err = tune(*QUICK, DIGITS, LC_ALL="C.UTF-8")
    assert status == 0
    assert f"version 2 of {DIGITS} (the newest; also there: 1)" in err
    assert " rows " in err and "rows/s" in err and "Batching " in err and "<- chosen" in err
    assert any(0x2800 < ord(c) < 0x2900 for c in err)
    status, out, err = tune(*QUICK, DIGITS, LC_ALL="C")
    assert status == 0 and err.isascii() and out.isascii()
    status, out, err = tune(*QUICK, "--ascii", DIGITS, LC_ALL="C.UTF-8", COLUMNS="40")
    assert status == 0 and err.isascii()


def test_report_for_programs_holds_the_file(tmp_path):
    path, picture = tmp_path / "parameters.txt", tmp_path / "<a&b>.svg"
    status, out, err = tune(*QUICK, DIGITS, "--json", "--p99_ms=60000", "--output", path, "--svg", picture)
    assert status == 0, err
    report = json.loads(out)
    assert out.count("\n") == 1
    assert (report["version"], report["signature"], report["goal_ms"], report["rows_agree"]) == (
        2, "serving_default", 60000, True,
    )
    rows = [one["rows"] for one in report["measurements"]]
    assert rows == sorted(set(rows)) and rows[0] == 1 and rows[-1] <= 8
    for one in report["measurements"]:
        assert 0 < one["min_ms"] <= one["median_ms"] <= one["p99_ms"]
        assert one["rows_per_second"] > 0 and one["runs"] >= report["threads"] >= 1
    assert report["verdict"] in ("pays", "gains_little", "too_fast_to_matter", "unclear")
    assert report["pays"] == (report["verdict"] == "pays")
    assert report["chosen_rows"] in rows and report["bound_busy_ms"] <= report["bound_full_ms"] <= 60000
    assert report["file"] == path.read_text()
    written = {name: int(value) for name, value in fields(report["file"]).items() if value.isdigit()}
    assert written.items() <= report["parameters"].items()

    svg = ElementTree.parse(picture).getroot()
    assert svg.tag == "{http://www.w3.org/2000/svg}svg"
    texts = [element.text for element in svg.iter("{http://www.w3.org/2000/svg}text")]
    assert "rows/s" in texts and any(text.startswith("chosen: ") for text in texts)
    assert len(list(svg.iter("{http://www.w3.org/2000/svg}polyline"))) == 3


def test_with_output_the_report_goes_to_standard_output(tmp_path):
    path = tmp_path / "parameters.txt"
    status, out, err = tune(*QUICK, HALF_PLUS_TWO, "--output", path)
    assert status == 0 and "<- chosen" in out and fields(path.read_text())["num_batch_threads"]


def test_threads_are_those_that_are_asked_for():
    out = advised(*QUICK, HALF_PLUS_TWO, "--threads=1", "--max_request_rows=1")
    found = fields(out)
    assert found["num_batch_threads"] == "1" and "enable_large_batch_splitting" not in found
    if os.cpu_count() > 1:
        assert "<- without batching, on all processors" in out


def test_inputs_may_be_given_and_shaped(tmp_path):
    np.save(tmp_path / "x.npy", np.arange(3, dtype=np.float32))
    advised(*QUICK, HALF_PLUS_TWO, f"--input=x={tmp_path}/x.npy")
    advised(*QUICK, os.path.join(MODELS, "echo"), "--signature=int64", "--shape=x=4,5")
    status, _, err = tune(*QUICK, os.path.join(MODELS, "echo"), "--signature=string")
    assert status == 0 and "Input x has shape <unknown>: sizes that are not known are taken to be 1" in err
    # A tf.Example with a feature "x" of one float.
    floats = b"\x0a\x04" + np.array([1], "<f4").tobytes()
    feature = b"\x12" + bytes([len(floats)]) + floats
    entry = b"\x0a\x01x\x12" + bytes([len(feature)]) + feature
    features = b"\x0a" + bytes([len(entry)]) + entry
    example = b"\x0a" + bytes([len(features)]) + features
    (tmp_path / "example").write_bytes(example)
    status, _, err = tune(*QUICK, os.path.join(MODELS, "examples"), "--signature=regress")
    assert status == 1 and "made-up inputs do not do for this model, give it some by --input" in err
    status, out, err = tune(
        *QUICK, os.path.join(MODELS, "examples"), "--signature=regress", f"--input=inputs={tmp_path}/example"
    )
    assert status == 0, err
    status, out, err = tune(
        *QUICK, os.path.join(MODELS, "examples"), "--signature=regress_sum", f"--input=inputs={tmp_path}/example"
    )
    assert (status, out) == (3, "") and 'its output "outputs" ' in err


@pytest.mark.parametrize("model, signature, reason", [
    ("slow", "serving_default", 'its input "side" is a scalar'),
    ("counter", "get", "it has no inputs"),
    ("counter", "incr", "they may change the state of the model"),
])
def test_signatures_that_cannot_be_batched_are_named(model, signature, reason):
    status, out, err = tune(*QUICK, os.path.join(MODELS, model), "--signature", signature)
    assert (status, out) == (3, "") and f"Requests to signature {signature} cannot be run together: " in err and reason in err


def test_goal_out_of_reach_has_its_own_status(tmp_path):
    path = tmp_path / "parameters.txt"
    status, out, err = tune(*QUICK, DIGITS, "--p99_ms=0.001")
    assert (status, out) == (4, "") and "The goal of 1.00 " in err and "cannot be met" in err
    status, out, err = tune(*QUICK, DIGITS, "--p99_ms=0.001", "--json", f"--output={path}")
    report = json.loads(out)
    assert status == 4 and report["verdict"] == "goal_out_of_reach" and report["file"] is None and not path.exists()


@pytest.mark.parametrize("arguments, status, text", [
    ((), 2, "a folder is missing"),
    ((DIGITS, "--p99_ms=soon"), 2, "--p99_ms takes a number from 0.001 to 3600000, got 'soon'"),
    ((DIGITS, "--threads=0"), 2, "--threads takes a whole number from 1 to "),
    ((DIGITS, "--p99ms=3"), 2, "did you mean --p99_ms?"),
    ((DIGITS, "--signature=nothing"), 1, "has no signature nothing"),
    ((DIGITS, "--shape=picture=3"), 1, "has no input picture"),
    ((DIGITS, "--shape=image=3"), 1, "input image: rows of 3 do not fit [?,28,28,1] of the signature"),
    ((DIGITS, "--input=image=json:[[1]]"), 1, "input image: the value has shape [1,1], which does not fit"),
    ((HALF_PLUS_TWO, "--input=x=json:[]"), 1, "input x: "),
    ((DIGITS, "--svg=/no/such/folder/a.svg"), 1, "/no/such/folder/a.svg; No such file or directory"),
    ((DIGITS, "--output=/"), 1, "/; Is a directory"),
    (("/no/such/model",), 1, "/no/such/model"),
    ((os.path.join(MODELS, "unknown"),), 1, "ConsultTheOracle"),
])
def test_misuse_is_explained(arguments, status, text):
    found, out, err = tune(*QUICK, *arguments)
    assert (found, out) == (status, "") and text in err
    assert ("Try '" in err) == (status == 2)


def test_help_names_every_option():
    out = advised("--help")
    for option in ("p99_ms", "signature", "tag_set", "input", "shape", "threads", "seconds", "max_batch_size",
                   "max_request_rows", "output", "svg", "json", "ascii"):
        assert f"--{option}" in out
