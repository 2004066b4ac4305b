"""`model_server inspect`, `check`, `run` and `ops`, with the real binary and real files."""

import base64
import hashlib
import io
import json
import os
import shutil
import struct
import subprocess
import zlib

import grpc
import numpy as np
import pytest

import serving
from serving import BINARY, DIGITS, FIXTURES, HALF_PLUS_TWO, ROOT, Server

MODELS = os.path.join(FIXTURES, "models")
SAVED_MODELS = os.path.join(ROOT, "Tests", "Fixtures", "SavedModels")
PARTLY = os.path.join(MODELS, "partly")
ECHO = os.path.join(MODELS, "echo")


def tool(*arguments, text=True):
    """(exit status, standard output, standard error)."""
    run = subprocess.run([BINARY, *map(str, arguments)], capture_output=True, timeout=120)
    assert run.returncode in (0, 1, 2), f"status {run.returncode}: {run.stderr.decode()}"
    return run.returncode, run.stdout.decode() if text else run.stdout, run.stderr.decode()


def report(*arguments, status=0):
    code, out, err = tool(*arguments, "--json")
    assert code == status, err
    return json.loads(out)


# inspect


def test_newest_version_of_a_model_is_inspected():
    status, out, err = tool("inspect", DIGITS)
    assert (status, err) == (0, "")
    assert out.splitlines()[:2] == [
        f"{DIGITS}/2/saved_model.pb: 82,588 bytes",
        f"  version 2 of {DIGITS} (the newest; also there: 1)",
    ]
    assert "  Signature serving_default (tensorflow/serving/predict)" in out
    assert "    input   image    DT_FLOAT  [?,28,28,1]  serving_default_image:0\n" in out


def test_report_holds_the_facts():
    found = report("inspect", DIGITS)
    assert (found["version"], found["versions"], found["base_path"]) == (2, [2, 1], DIGITS)
    assert found["format"] == "binary" and found["problems"] == []
    (graph,) = found["meta_graphs"]
    assert graph["tags"] == ["serve"] and graph["tensorflow_version"].startswith("2.")
    signature = next(s for s in graph["signatures"] if s["name"] == "serving_default")
    assert signature["inputs"] == [
        {
            "name": "image", "kind": "tensor", "tensor_name": "serving_default_image:0", "parts": [], "dtype": "DT_FLOAT",
            "shape": [-1, 28, 28, 1], "has_default": False, "default": None,
        }
    ]
    assert sum(op["in_graph"] for op in graph["ops"]) == graph["nodes"]
    assert sum(op["in_functions"] for op in graph["ops"]) == graph["function_nodes"]
    checkpoint = found["checkpoint"]
    assert checkpoint["bytes"] == sum(v["bytes"] for v in checkpoint["variables"]) > 100_000
    assert [s["bytes"] >= s["needed_bytes"] > 0 for s in checkpoint["shards"]] == [True]
    assert found["fingerprint"]["uuid"] and found["warm_up"] is None


def test_folder_of_a_version_is_inspected():
    found = report("inspect", os.path.join(DIGITS, "1") + "/")
    assert found["version"] is None and found["directory"] == os.path.join(DIGITS, "1")


def test_tag_sets_can_be_chosen():
    two = os.path.join(SAVED_MODELS, "two_tag_sets")
    tags = [graph["tags"] for graph in report("inspect", two)["meta_graphs"]]
    assert len(tags) == 2
    assert [g["tags"] for g in report("inspect", two, "--tag_set", ",".join(tags[1]))["meta_graphs"]] == tags[1:]
    status, out, err = tool("inspect", two, "--tag_set=gpu")
    assert (status, out) == (1, "") and "has no MetaGraph with tags {gpu}, only {" in err


def test_text_models_assets_defaults_and_partitioned_variables_are_inspected():
    assert report("inspect", os.path.join(SAVED_MODELS, "pbtxt"))["format"] == "text"
    (graph,) = report("inspect", "--hashes", os.path.join(SAVED_MODELS, "asset_table"))["meta_graphs"]
    assert graph["assets"]
    for asset in graph["assets"]:
        with open(os.path.join(SAVED_MODELS, "asset_table", "assets", asset["file"]), "rb") as file:
            content = file.read()
        assert (asset["bytes"], asset["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
    (graph,) = report("inspect", os.path.join(SAVED_MODELS, "defaults"))["meta_graphs"]
    assert [i["default"] for s in graph["signatures"] for i in s["inputs"]] == [[1.5]]
    parts = report("inspect", os.path.join(SAVED_MODELS, "partitioned"))["checkpoint"]["variables"]
    assert any(variable["parts"] > 1 for variable in parts)


def test_unknown_ops_and_damage_are_told(tmp_path):
    found = report("inspect", os.path.join(MODELS, "unknown"))
    unknown = [op["op"] for op in found["meta_graphs"][0]["ops"] if not op["is_known"]]
    assert unknown == ["ConsultTheOracle", "ReadTeaLeaves"]
    shutil.copytree(os.path.join(DIGITS, "2"), tmp_path / "1")
    data = tmp_path / "1" / "variables" / "variables.data-00000-of-00001"
    data.write_bytes(data.read_bytes()[:100])
    assert "is incomplete: it has 100 bytes, its index needs" in report("inspect", tmp_path)["problems"][0]
    data.unlink()
    assert report("inspect", tmp_path)["problems"] == [f"{data}; No such file or directory"]
    (tmp_path / "1" / "variables" / "variables.index").write_bytes(b"nonsense" * 20)
    assert report("inspect", tmp_path)["checkpoint"] is None and report("inspect", tmp_path)["problems"]
    (tmp_path / "1" / "saved_model.pb").write_bytes(b"this is no model")
    status, out, err = tool("inspect", tmp_path)
    assert (status, out) == (1, "") and "saved_model.pb as binary proto" in err


def test_large_weights_are_not_read(tmp_path):
    shutil.copytree(os.path.join(DIGITS, "2"), tmp_path / "1")
    with open(tmp_path / "1" / "variables" / "variables.data-00000-of-00001", "r+b") as file:
        file.truncate(64 << 30)
    before = os.times()
    report("inspect", tmp_path)
    after = os.times()
    assert after.children_user + after.children_system - before.children_user - before.children_system < 2


@pytest.mark.parametrize("command", ["inspect", "check", "run"])
def test_misuse_is_explained(command, tmp_path):
    assert tool(command)[0] == 2 and "a folder is missing" in tool(command)[2]
    assert tool(command, "a", "b")[0] == 2
    status, _, err = tool(command, DIGITS, "--tagset=serve")
    assert status == 2 and "there is no option --tagset=serve; did you mean --tag_set?" in err
    status, out, _ = tool(command, "--help")
    assert status == 0 and out.startswith(f"usage: {BINARY} {command}")
    status, _, err = tool(command, tmp_path / "nothing")
    assert status == 1 and "nothing" in err
    status, _, err = tool(command, tmp_path)
    assert status == 1 and "holds neither a SavedModel" in err
    status, _, err = tool(command, os.path.join(DIGITS, "2", "saved_model.pb"))
    assert status == 1 and "is a file" in err


# check


def test_complete_model_can_be_served():
    status, out, _ = tool("check", HALF_PLUS_TWO)
    assert status == 0 and f"{HALF_PLUS_TWO}/1: can be served\n" in out
    found = report("check", DIGITS)
    assert found["ok"] and found["is_loaded"] and found["failure"] is None
    assert [s["name"] for s in found["signatures"]] == ["predict_classes", "serving_default"]
    assert 0 < found["loaded_bytes"] < found["loading_bytes"]
    pictures = "28×28 pixels, grey, into 'image' of serving_default; scores from 'decoded', without labels"
    assert found["pictures"] == {"ok": True, "summary": pictures}
    assert report("check", HALF_PLUS_TWO)["pictures"] is None


def test_wrong_settings_for_pictures_are_found(tmp_path):
    shutil.copytree(f"{DIGITS}/2", tmp_path / "1")
    (tmp_path / "1" / "assets.extra" / "image_classifier.pbtxt").write_text("width: 27")
    reason = "width is 27, but the input 'image' has shape [?,28,28,1], where it is 28"
    status, out, _ = tool("check", tmp_path)
    assert status == 1 and f"  Pictures: cannot be classified\n    assets.extra/image_classifier.pbtxt: {reason}\n" in out
    found = report("check", tmp_path, status=1)
    assert found["is_loaded"] and not found["ok"] and reason in found["pictures"]["reason"]["message"]


def test_folder_may_be_named_relatively(tmp_path):
    upwards = os.path.relpath(HALF_PLUS_TWO, ROOT + "/Tests/EndToEnd")
    for path in (upwards, "../EndToEnd/" + upwards):
        done = subprocess.run([BINARY, "check", path], capture_output=True, cwd=ROOT + "/Tests/EndToEnd", timeout=120)
        assert done.returncode == 0, done.stdout


def test_everything_in_the_way_is_named_by_signature():
    found = report("check", PARTLY, status=1)
    assert found["is_loaded"] and not found["ok"]
    signatures = {s["name"]: s for s in found["signatures"]}
    assert signatures["serving_default"]["ok"]
    assert signatures["oracle"]["unknown_ops"] == [
        {"op": "ConsultTheOracle", "nodes": ["second"]}, {"op": "ReadTeaLeaves", "nodes": ["first"]},
    ]
    refused = signatures["twisted"]["refused_nodes"]
    assert [(node["node"], node["op"]) for node in refused] == [("lower", "Neg"), ("upper", "Sqrt")]
    assert report("check", PARTLY, "--signature=serving_default")["ok"]
    status, _, err = tool("check", PARTLY, "--signature=orakle")
    assert status == 1 and "has no signature orakle; did you mean oracle?" in err


def test_models_that_cannot_be_served_are_refused(tmp_path):
    status, out, _ = tool("check", os.path.join(MODELS, "unknown"))
    assert status == 1 and ": cannot be served\n" in out
    assert "no op ConsultTheOracle, which 1 node needs: second" in out
    shutil.copytree(os.path.join(DIGITS, "2"), tmp_path / "1")
    data = tmp_path / "1" / "variables" / "variables.data-00000-of-00001"
    content = bytearray(data.read_bytes())
    content[len(content) // 2] ^= 0xFF
    data.write_bytes(content)
    found = report("check", tmp_path, status=1)
    assert not found["is_loaded"] and found["failure"]["code"] == "DATA_LOSS"


def test_server_serves_what_can_be_served():
    with Server(f"--model_base_path={PARTLY}", "--model_name=partly", ready=["partly"]) as server:
        inputs = {"x": serving.content(np.array([1.0, 2.0], np.float32))}
        answer = server.predict(serving.predict_request("partly", inputs))
        assert list(answer.outputs["y"].float_val) == [2.0, 3.0]
        with pytest.raises(grpc.RpcError) as error:
            server.predict(serving.predict_request("partly", inputs, signature="oracle"))
        assert error.value.code() == grpc.StatusCode.UNIMPLEMENTED
        assert 'Serving signature key "oracle" cannot be served: ' in error.value.details()
        assert "ConsultTheOracle (node second), ReadTeaLeaves (node first)" in error.value.details()
        assert set(server.metadata(serving.metadata_request("partly", "signature_def")).metadata) == {"signature_def"}
        assert 'signature "twisted" cannot be served' in server.log


# run


def run(*arguments):
    """What a signature answers, from JSON."""
    status, out, err = tool("run", *arguments)
    assert status == 0, err
    return json.loads(out)


def refusal(*arguments):
    status, out, err = tool("run", *arguments)
    assert (status, out) == (1, ""), out
    return err.splitlines()[-1]


def test_inputs_are_read_from_every_kind_of_file(tmp_path):
    x = np.array([1, 2, 5], np.float32)
    np.save(tmp_path / "x.npy", x)
    np.save(tmp_path / "big.npy", x.astype(">f4"))
    np.savez(tmp_path / "one.npz", anything=x)
    np.savez_compressed(tmp_path / "two.npz", a=x + 1, x=x)
    (tmp_path / "x.json").write_text("[1, 2.0, 5e0]")
    for value in ("x.npy", "big.npy", "one.npz", "two.npz", "two.npz:x", "x.json"):
        assert run(HALF_PLUS_TWO, "--input", f"x={tmp_path / value}") == {"y": [2.5, 3.0, 4.5]}, value
    assert run(HALF_PLUS_TWO, f"--input=x={tmp_path}/two.npz:a") == {"y": [3.0, 3.5, 5.0]}
    assert run(HALF_PLUS_TWO, "--input", "x=json:[1, 2, 5]") == {"y": [2.5, 3.0, 4.5]}


@pytest.mark.parametrize(
    "dtype", "float32 float64 float16 int8 uint8 int16 uint16 int32 uint32 int64 uint64 bool complex64 complex128".split()
)
@pytest.mark.parametrize("layout", ["rows", "columns", "scalar", "empty"])
def test_arrays_of_every_type_come_back(dtype, layout, tmp_path):
    x = (np.arange(6).reshape(2, 3) % 4).astype(dtype)
    if np.dtype(dtype).kind == "c":
        x = (x * (1 - 2j)).astype(dtype)
    x = {"rows": x, "columns": np.asfortranarray(x), "scalar": x[1, 2], "empty": x[:0]}[layout]
    np.save(tmp_path / "x.npy", x)
    signature = {"float32": "float", "float64": "double", "float16": "half"}.get(dtype, dtype)
    arguments = [ECHO, "--signature", signature, "--input", f"x={tmp_path / 'x.npy'}"]
    status, out, err = tool("run", *arguments, "--format", "npy", text=False)
    assert status == 0, err
    y = np.load(io.BytesIO(out))
    assert y.dtype == x.dtype and y.shape == x.shape
    np.testing.assert_array_equal(y, x)
    (tmp_path / "y.json").write_text(json.dumps(run(*arguments)["y"]))
    assert run(*arguments[:-1], f"x={tmp_path / 'y.json'}") == run(*arguments)


def test_strings_come_from_bytes_characters_text_and_json(tmp_path):
    np.save(tmp_path / "s.npy", np.array([b"a", b"bc"]))
    np.save(tmp_path / "u.npy", np.array(["a", "bc"]))
    (tmp_path / "lines.txt").write_text("a\nbc\n")
    for value in (tmp_path / "s.npy", tmp_path / "u.npy", tmp_path / "lines.txt", 'json:["a", {"b64": "YmM="}]'):
        assert run(ECHO, "--signature=string", "--input", f"x={value}") == {"y": ["a", "bc"]}
    assert run(ECHO, "--signature=string", "--input", 'x=json:{"b64": "/w=="}') == {"y": {"b64": "/w=="}}
    np.save(tmp_path / "o.npy", np.array([b"a", 1], object), allow_pickle=True)
    assert "which only Python can read" in refusal(ECHO, "--signature=string", "--input", f"x={tmp_path / 'o.npy'}")


def png(pixels):
    """A PNG file of bytes with the shape height, width, channels (1 or 3)."""
    height, width, channels = pixels.shape

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, {1: 0, 3: 2}[channels], 0, 0, 0)
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def test_images_become_pixels_or_bytes(tmp_path):
    pixels = np.arange(24, dtype=np.uint8).reshape(2, 4, 3) * 10
    file = tmp_path / "x.png"
    file.write_bytes(png(pixels))
    assert run(ECHO, "--signature=uint8", "--input", f"x={file}")["y"] == pixels.tolist()
    assert run(ECHO, "--signature=float", "--input", f"x={file}")["y"] == pixels.astype(float).tolist()
    text = run(ECHO, "--signature=string", "--input", f"x={file}")["y"]
    assert base64.b64decode(text["b64"]) == file.read_bytes()
    gray = tmp_path / "gray.png"
    gray.write_bytes(png(np.full((28, 28, 1), 7, np.uint8)))
    assert np.shape(run(DIGITS, "--input", f"image={gray}")["decoded"]) == (1, 10)
    gray.write_bytes(png(np.full((8, 8, 1), 7, np.uint8)))
    assert "gray.png has shape [8,8,1], which does not fit [?,28,28,1]" in refusal(DIGITS, "--input", f"image={gray}")
    gray.write_bytes(b"\x89PNG\r\n\x1a\n" + b"nonsense" * 8)
    assert "gray.png: " in refusal(DIGITS, "--input", f"image={gray}")


def test_numbers_that_json_lacks_come_back():
    assert tool("run", ECHO, "--signature=float", "--input", "x=json:[NaN, Infinity, -Infinity]")[1] == (
        '{"y": [NaN, Infinity, -Infinity]}\n'
    )


def test_outputs_are_chosen_and_written_to_files(tmp_path):
    arguments = [os.path.join(MODELS, "arithmetic"), "--signature=pair", "--input=a=json:[1, 2]", "--input=b=json:[3, 4]"]
    assert run(*arguments) == {"difference": [-2.0, -2.0], "product": [3.0, 8.0], "sum": [4.0, 6.0]}
    assert run(*arguments, "--output=sum") == {"sum": [4.0, 6.0]}
    status, out, _ = tool("run", *arguments, "--output_dir", tmp_path / "out", "--format=npy")
    assert status == 0 and f"sum: float [2] -> {tmp_path}/out/sum.npy" in out
    assert np.load(tmp_path / "out" / "product.npy").tolist() == [3, 8]
    assert sorted(os.listdir(tmp_path / "out")) == ["difference.npy", "product.npy", "sum.npy"]
    assert "writes one array to standard output, but there are 3 outputs" in refusal(*arguments, "--format=npy")
    assert "has no output som; did you mean sum?" in refusal(*arguments, "--output=som")


def test_defaults_stand_in_for_missing_inputs():
    arithmetic = os.path.join(MODELS, "arithmetic")
    assert run(arithmetic, "--signature=defaulted", "--input=a=json:[1]", "--output=sum") == {"sum": [101.0]}


def test_answers_are_tensorflows(goldens):
    half = goldens["half_plus_two"]
    np.testing.assert_allclose(run(HALF_PLUS_TWO, f"--input=x=json:{json.dumps(half['x'])}")["y"], half["y"], rtol=1e-6)


def test_wrong_inputs_are_explained(tmp_path):
    np.save(tmp_path / "double.npy", np.array([1.0]))
    np.savez(tmp_path / "two.npz", a=np.zeros(2), b=np.zeros(2))
    (tmp_path / "broken.npz").write_bytes((tmp_path / "two.npz").read_bytes()[:-30])
    (tmp_path / "x.txt").write_text("1\n2\n")
    (tmp_path / "x.dat").write_text("1\n2\n")
    x = f"x={tmp_path}/"
    for value, expected in {
        "y=json:1": "signature serving_default has no input y; did you mean x?",
        f"{x}double.npy": "double.npy holds double, but the signature wants float; convert it, for example with "
        ".astype('float32')",
        "x=json:[[1]]": "input x: the value has shape [1,1], which does not fit [?] of the signature",
        'x=json:[1, "a"]': "input x: the value: element [1]: expected a number, got a string",
        "x=json:[1,": "input x: the value cannot be read as JSON: ",
        f"{x}two.npz": "two.npz holds 2 arrays, none of them called x: choose one by x=FILE.npz:KEY (a, b)",
        f"{x}two.npz:c": "two.npz has no array c",
        f"{x}broken.npz": "broken.npz is no ZIP archive, or its end is missing",
        f"{x}nothing.npy": "nothing.npy; No such file or directory",
        f"{x}x.txt": "holds strings, but the signature wants float",
        f"{x}x.dat": "is of no known kind",
    }.items():
        assert expected in refusal(HALF_PLUS_TWO, "--input", value), value
    assert "needs x (float [?]); give it by --input x=FILE" in refusal(HALF_PLUS_TWO)
    assert "has no signature serving_defalt; did you mean serving_default?" in refusal(
        HALF_PLUS_TWO, "--signature=serving_defalt"
    )
    assert "signature oracle cannot be served" in refusal(PARTLY, "--signature=oracle", "--input=x=json:[1]")
    for arguments in (["--input", "x"], ["--input", "=1"], ["--format=xml"], ["--input=x=json:1", "--input=x=json:1"]):
        assert tool("run", HALF_PLUS_TWO, *arguments)[0] == 2, arguments


# ops


def test_ops_are_listed():
    status, out, _ = tool("ops", "MatMul", "Relu")
    assert status == 0 and [line.split()[0] for line in out.splitlines()] == ["MatMul", "Relu"]
    ops = {op["op"]: op for op in report("ops")["ops"]}
    (attribute,) = ops["MatMul"]["attributes"]
    assert attribute["name"] == "T" and "DT_FLOAT" in attribute["types"] and "DT_STRING" not in attribute["types"]
    status, _, err = tool("ops", "MatMull")
    assert status == 2 and "this server has no op MatMull; did you mean MatMul?" in err
    with open(os.path.join(ROOT, "Documentation", "supported-ops.md")) as page:
        assert tool("ops", "--markdown")[1] == page.read()
