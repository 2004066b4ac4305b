"""The REST API through the real port: requests, curl, and Python's own reader of JSON as the judge."""

import io
import json
import math
import os
import random
import subprocess

import grpc
import numpy as np
import pytest
import requests
from tensorflow_serving.apis import predict_pb2

import serving
from test_inference import classify, regress


@pytest.fixture
def api(server):
    return f"http://127.0.0.1:{server.rest_port}/v1/models"


def post(url, body, **fields):
    data = body if isinstance(body, (bytes, str)) else json.dumps(body)
    return requests.post(url, data=data, headers={key.replace("_", "-"): value for key, value in fields.items()})


def test_rows_and_columns(api):
    answer = post(f"{api}/half_plus_two:predict", {"instances": [1.0, 2.0, 5.0]})
    assert answer.status_code == 200 and answer.headers["Content-Type"] == "application/json"
    assert answer.json() == {"predictions": [2.5, 3.0, 4.5]}
    assert answer.headers["x-model-server-model-version"] == "1"
    assert post(f"{api}/half_plus_two:predict", {"inputs": {"x": [[1.0], [2.0]]}}).json() == {"outputs": [[2.5], [3.0]]}


def test_with_curl(api):
    command = ["curl", "-s", "-d", '{"instances": [1.0, 2.0, 5.0]}', f"{api}/half_plus_two:predict"]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert output == '{\n    "predictions": [2.5, 3.0, 4.5\n    ]\n}'


@pytest.mark.parametrize(
    "method, path, body, status, error",
    [
        ("POST", "nobody:predict", "{}", 404, "Servable not found for request: Latest(nobody)"),
        ("POST", "nobody:predict", "{", 400, "JSON Parse error: Missing a name for object member. at offset: 1"),
        ("POST", "half_plus_two:predict", "", 400, "JSON Parse error: The document is empty"),
        ("POST", "half_plus_two/versions/9:predict", "{}", 404, "Servable not found for request: Specific(half_plus_two, 9)"),
        ("POST", "half_plus_two:serve", "{}", 400, "Malformed request: POST /v1/models/half_plus_two:serve"),
        ("PUT", "half_plus_two:predict", "{}", 400, "Malformed request: PUT /v1/models/half_plus_two:predict"),
        ("GET", "nobody", None, 404, "Could not find any versions of model nobody"),
        ("POST", "half_plus_two:predict", '{"instances": [[1, 2], [3]]}', 400, None),
    ],
)
def test_errors(api, method, path, body, status, error):
    answer = requests.request(method, f"{api}/{path}", data=body)
    assert answer.status_code == status
    assert error is None or answer.json() == {"error": error}
    assert answer.headers["Content-Type"] == "application/json"


def test_status_metadata_and_list(api):
    status = requests.get(f"{api}/half_plus_two").json()
    assert status == {
        "model_version_status": [
            {"version": "1", "state": "AVAILABLE", "status": {"error_code": "OK", "error_message": ""}}
        ]
    }
    metadata = requests.get(f"{api}/half_plus_two/versions/1/metadata").json()
    assert metadata["model_spec"] == {"name": "half_plus_two", "signature_name": "", "version": "1"}
    signature = metadata["metadata"]["signature_def"]["signature_def"]["serving_default"]
    assert signature["inputs"]["x"]["dtype"] == "DT_FLOAT" and signature["defaults"] == {}
    assert signature["inputs"]["x"]["tensor_shape"]["unknown_rank"] in (True, False)
    names = [model["name"] for model in requests.get(api).json()["models"]]
    assert "half_plus_two" in names and names == sorted(names)


def test_options_and_other_paths(server, api):
    assert requests.options(f"{api}/m", headers={"Origin": "http://a"}).status_code == 200
    assert requests.options(f"{api}/m").status_code == 400
    assert requests.get(f"http://127.0.0.1:{server.rest_port}/v2/models").status_code == 404


def test_cors_fields():
    flags = (f"--model_base_path={serving.HALF_PLUS_TWO}", "--model_name=half_plus_two", "--rest_api_enable_cors_support")
    with serving.Server(*flags, ready=["half_plus_two"], rest=True) as server:
        url = f"http://127.0.0.1:{server.rest_port}/v1/models"
        for answer in (requests.get(url), post(f"{url}/nobody:predict", "{}")):
            assert answer.headers["Access-Control-Allow-Origin"] == "*"
            assert answer.headers["Access-Control-Allow-Methods"] == "POST, GET"
            assert answer.headers["Access-Control-Allow-Headers"] == "Content-Type"


def number(rng):
    kind = rng.random()
    if kind < 0.3:
        return rng.uniform(-1, 1)
    if kind < 0.5:
        return rng.randint(-(10**6), 10**6)
    if kind < 0.6:
        return rng.choice([math.nan, math.inf, -math.inf, 0.0, -0.0, 1e-45, 3.4e38, 16777217])
    return round(rng.uniform(-1000, 1000), rng.randint(0, 6))


def same(a, b):
    a, b = np.float32(a), np.float32(b)
    return a == b or (np.isnan(a) and np.isnan(b))


def test_random_numbers_are_those_that_python_reads(api):
    """What is sent is read as Python's json reads it, and what comes back says the same to Python's json."""
    rng = random.Random(5)
    for _ in range(60):
        shape = [rng.randint(1, 5) for _ in range(rng.randint(1, 4))]
        values = np.array([number(rng) for _ in range(int(np.prod(shape)))], dtype=np.float64).reshape(shape)
        text = json.dumps({"instances": values.tolist()}, indent=rng.choice([None, 1]))
        sent = np.array(json.loads(text)["instances"], dtype=np.float64).astype(np.float32)
        answer = post(f"{api}/half_plus_two:predict", text)
        assert answer.status_code == 200, answer.text
        got = np.array(json.loads(answer.text)["predictions"], dtype=np.float32)
        expected = sent * np.float32(0.5) + np.float32(2)
        assert got.shape == expected.shape
        assert all(same(a, b) for a, b in zip(got.flat, expected.flat))


def npy(array):
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def test_numpy_files_and_raw_elements(api):
    url = f"{api}/half_plus_two:predict"
    values = np.array([[1, 2], [5, 7]], np.float32)
    answer = post(url, npy(values), Content_Type="application/x-npy")
    assert answer.status_code == 200, answer.text
    assert np.array_equal(np.load(io.BytesIO(answer.content)), values / 2 + 2)
    fields = {"Content_Type": "application/octet-stream", "x_model_server_shape": "2,2"}
    answer = post(url, values.tobytes(), **fields)
    assert answer.headers["x-model-server-shape"] == "2,2" and answer.headers["x-model-server-dtype"] == "float"
    assert np.array_equal(np.frombuffer(answer.content, np.float32).reshape(2, 2), values / 2 + 2)


def test_messages(api):
    request = serving.half_plus_two()
    request.model_spec.name = "somebody else"
    answer = post(f"{api}/half_plus_two:predict", request.SerializeToString(), Content_Type="application/x-protobuf")
    assert answer.status_code == 200, answer.text
    response = predict_pb2.PredictResponse.FromString(answer.content)
    assert list(response.outputs["y"].float_val) == [2.5, 3.0, 4.5]
    assert response.model_spec.name == "half_plus_two" and response.model_spec.version.value == 1


def test_not_a_number_as_null(api):
    url = f"{api}/half_plus_two:predict"
    assert post(url, '{"instances": [NaN, 1]}').text == '{\n    "predictions": [NaN, 2.5\n    ]\n}'
    strict = post(url, '{"instances": [NaN, 1]}', x_model_server_strict_json="1")
    assert strict.json() == {"predictions": [None, 2.5]}


def test_damaged_bodies_never_hurt(server, api):
    rng = random.Random(9)
    body = bytearray(b'{"signature_name": "serving_default", "instances": [{"x": [1.5, -2e3]}, {"x": [3, 4]}]}')
    url = f"{api}/half_plus_two:predict"
    with requests.Session() as session:
        for _ in range(400):
            damaged = bytearray(body)
            for _ in range(rng.randint(1, 3)):
                damaged[rng.randrange(len(damaged))] = rng.getrandbits(8)
            answer = session.post(url, data=bytes(damaged))
            assert answer.status_code in (200, 400), answer.text
        deep = b'{"instances": ' + b"[" * 200_000
        assert session.post(url, data=deep).status_code == 400
        assert session.post(url, data=deep + b"]" * 200_000 + b"}").status_code == 400
    assert server.alive


WHOLE = {
    "int8": (-128, 127), "int16": (-(2**15), 2**15 - 1), "int32": (-(2**31), 2**31 - 1), "int64": (-(2**63), 2**63 - 1),
    "uint8": (0, 255), "uint16": (0, 2**16 - 1), "uint32": (0, 2**32 - 1), "uint64": (0, 2**64 - 1),
}  # fmt: skip


def element(rng, kind):
    if kind in WHOLE:
        return rng.choice([*WHOLE[kind], rng.randint(*WHOLE[kind]), 0])
    if kind == "bool":
        return rng.random() < 0.5
    if kind == "string":
        return "".join(rng.choice('ab"\\/\n\t\r\b\f\x00\x01\x1f\x7fäß€𝄞') for _ in range(rng.randint(0, 8)))
    if kind.startswith("complex"):
        part = "float" if kind == "complex64" else "double"
        return {"real": element(rng, part), "imag": element(rng, part)}
    value = rng.choice([rng.uniform(-1, 1), rng.uniform(-1, 1) * 10.0 ** rng.randint(-30, 30), float(rng.randint(-9, 9))])
    if kind == "half":
        return float(np.float16(rng.uniform(-100, 100)))
    if kind == "bfloat16":
        return float((np.float32(value).view(np.uint32) & np.uint32(0xFFFF0000)).view(np.float32))
    return float(np.float32(value)) if kind == "float" else value


def narrowed(kind, value):
    """`value` in the precision of the type: nine digits tell floats apart, but are not all of their digits."""
    if isinstance(value, list):
        return [narrowed(kind, item) for item in value]
    if isinstance(value, dict):
        return {key: narrowed(kind, item) for key, item in value.items()}
    if kind in ("float", "half", "bfloat16", "complex64"):
        return np.float32(value)
    return value


def nested(rng, kind, sizes):
    return element(rng, kind) if not sizes else [nested(rng, kind, sizes[1:]) for _ in range(sizes[0])]


@pytest.mark.parametrize("kind", [*WHOLE, "bool", "string", "half", "bfloat16", "float", "double", "complex64", "complex128"])
def test_every_type_comes_back_as_python_reads_it(api, kind):
    rng = random.Random(kind)
    with requests.Session() as session:
        for _ in range(25):
            sizes = [rng.randint(1, 4) for _ in range(rng.randint(1, 4))]
            values = nested(rng, kind, sizes)
            text = json.dumps({"signature_name": kind, "inputs": values}, ensure_ascii=rng.random() < 0.5)
            answer = session.post(f"{api}/echo:predict", data=text.encode())
            assert answer.status_code == 200, answer.text
            assert narrowed(kind, json.loads(answer.content)["outputs"]) == narrowed(kind, values)
            if len(sizes) > 1 or not kind.startswith("complex"):
                text = json.dumps({"signature_name": kind, "instances": values})
                answer = session.post(f"{api}/echo:predict", data=text.encode())
                assert narrowed(kind, json.loads(answer.content)["predictions"]) == narrowed(kind, values)


@pytest.mark.parametrize(
    "kind, value, error",
    [
        ("int32", "1.0", "JSON Value: 1.0 Type: Number is not of expected type: int32"),
        ("int32", "2147483648", "JSON Value: 2147483648 Type: Number is not of expected type: int32"),
        ("int64", "9223372036854775808", "JSON Value: 9223372036854775808 Type: Number is not of expected type: int64"),
        ("uint32", "-1", "JSON Value: -1 Type: Number is not of expected type: uint32"),
        ("uint64", "-1", "JSON Value: -1 Type: Number is not of expected type: uint64"),
        ("bool", "1", "JSON Value: 1 Type: Number is not of expected type: bool"),
        ("string", "null", "JSON Value: null Type: Null is not of expected type: string"),
        ("string", '{"b64": "YQ", "c": 1}', None),
        ("string", '[{"b64": "!"}]', "Unable to base64 decode"),
        ("string", '[{"b65": "YQ=="}]', 'JSON Value: {\n    "b65": "YQ=="\n} not formatted correctly for base64 data'),
        ("float", '"1"', 'JSON Value: "1" Type: String is not of expected type: float'),
    ],
)
def test_values_of_another_type(api, kind, value, error):
    answer = post(f"{api}/echo:predict", f'{{"signature_name": "{kind}", "inputs": {value}}}')
    assert answer.status_code == 400
    assert error is None or answer.json()["error"] == error


def test_integers_are_cut_to_their_width(api):
    answer = post(f"{api}/echo:predict", {"signature_name": "uint8", "inputs": [256, -1, 2147483647]})
    assert answer.json() == {"outputs": [0, 255, 255]}


def test_bytes_as_base64(api):
    body = {"signature_name": "string", "instances": [{"b64": "aGVsbG8="}, {"b64": "YQ"}, {"b64": "Y Q =\n="}, "plain"]}
    assert post(f"{api}/echo:predict", body).json() == {"predictions": ["hello", "a", "a", "plain"]}


@pytest.fixture(scope="module")
def examples():
    base = os.path.join(serving.FIXTURES, "models", "examples")
    flags = ("--model_name=examples", f"--model_base_path={base}")
    with serving.Server(*flags, ready=["examples"], rest=True) as server:
        yield server


@pytest.mark.parametrize("context", [None, {"x": 1.5}])
def test_examples_are_answered_as_over_grpc(examples, context):
    url = f"http://127.0.0.1:{examples.rest_port}/v1/models/examples"
    signatures = requests.get(f"{url}/metadata").json()["metadata"]["signature_def"]["signature_def"]
    asked = 0
    for name in signatures:
        for method, ask in (("classify", classify), ("regress", regress)):
            rows = [{"x": 1.0}, {"x": -2.5}]
            body = {"signature_name": name, "examples": rows}
            if context:
                body["context"] = context
            answer = post(f"{url}:{method}", body)
            try:
                expected = ask(examples, rows, name, context=context)
            except grpc.RpcError as error:
                assert answer.status_code >= 400 and answer.json()["error"][:60] == error.details()[:60]
                continue
            asked += 1
            if method == "classify":
                wanted = [[[kind.label, kind.score] for kind in row.classes] for row in expected.result.classifications]
            else:
                wanted = [row.value for row in expected.result.regressions]
            results = answer.json()["results"]
            assert labels(results) == labels(wanted)
            assert narrowed("float", scores(results)) == narrowed("float", scores(wanted))
    assert asked > 0


def scores(results):
    return [[score for _, score in row] if isinstance(row, list) else row for row in results]


def labels(results):
    return [[label for label, _ in row] for row in results if isinstance(row, list)]
