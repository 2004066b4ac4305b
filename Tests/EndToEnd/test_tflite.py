"""`--prefer_tflite_model`: TFLite files are served through the usual calls."""

import pathlib
import shutil

import grpc
import numpy as np
import pytest

import serving
from serving import array, metadata_request, predict_request, refusal

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
MODELS = ROOT / "Tests/Fixtures/TFLite"


def started(base, *flags):
    return serving.Server("--model_name=m", f"--model_base_path={base}", *flags, ready=["m"])


@pytest.fixture
def base(tmp_path):
    folder = tmp_path / "m" / "1"
    folder.mkdir(parents=True)
    shutil.copy(MODELS / "binary.tflite", folder / "model.tflite")
    return folder.parent


def test_a_file_is_served_by_its_signature(base):
    with started(base, "--prefer_tflite_model") as server:
        a, b = np.float32([[1, -2, 3], [4, 0.5, -1]]), np.float32([2, 2, 2])
        answer = server.predict(predict_request("m", {"a": a, "b": b}))
        assert answer.model_spec.version.value == 1
        np.testing.assert_array_equal(array(answer.outputs["add"]), a + b)
        np.testing.assert_array_equal(array(answer.outputs["less"]), a < b)
        np.testing.assert_allclose(array(answer.outputs["squared_difference"]), (a - b) ** 2)


def test_the_metadata_tells_types_and_shapes(base):
    with started(base, "--prefer_tflite_model") as server:
        answer = server.metadata(metadata_request("m", "signature_def"))
        from tensorflow_serving.apis import get_model_metadata_pb2
        signatures = get_model_metadata_pb2.SignatureDefMap()
        assert answer.metadata["signature_def"].Unpack(signatures)
        signature = signatures.signature_def["serving_default"]
        assert signature.method_name == "tensorflow/serving/predict"
        assert signature.inputs["a"].dtype == 1
        assert [d.size for d in signature.inputs["a"].tensor_shape.dim] == [2, 3]


def test_a_saved_model_beside_it_is_served_without_the_flag(base):
    shutil.copytree(ROOT / "Examples/half_plus_two/1", base / "1", dirs_exist_ok=True)
    with started(base) as server:
        answer = server.predict(predict_request("m", {"x": np.float32([1, 2])}))
        np.testing.assert_array_equal(array(answer.outputs["y"]), np.float32([2.5, 3]))
    with started(base, "--prefer_tflite_model") as server:
        code, _ = refusal(lambda: server.predict(predict_request("m", {"x": np.float32([1, 2])})))
        assert code == grpc.StatusCode.INVALID_ARGUMENT


def test_integers_of_a_quantised_model_are_answered(base):
    shutil.copy(MODELS / "dense_int8.tflite", base / "1" / "model.tflite")
    with started(base, "--prefer_tflite_model") as server:
        answer = array(server.predict(predict_request("m", {"x": np.int8([[1, 2, 3, 4, 5, 6]] * 2)})).outputs["y"])
        assert answer.dtype == np.int8 and answer.shape == (2, 4)
        assert abs(int(answer[0].astype(int).sum()) + 4 * 128 - 256) <= 4  # probabilities of 1/256 each sum up to one


def test_a_damaged_file_is_named(base):
    (base / "1" / "model.tflite").write_bytes((MODELS / "binary.tflite").read_bytes()[:1000])
    with serving.Server(
            "--model_name=m", f"--model_base_path={base}", "--prefer_tflite_model", "--max_num_load_retries=0") as server:
        serving.wait_until(lambda: "the TFLite file is damaged" in server.log, "the file to be refused")
        assert "model.tflite" in server.log
