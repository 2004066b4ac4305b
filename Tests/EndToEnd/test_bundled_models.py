"""The bundled models answer with TensorFlow's numbers."""

import os
import shutil
import subprocess
import sys

import numpy as np
import pytest

import serving
from serving import array, half_plus_two, predict_request

CLIENT = os.path.join(serving.ROOT, "Examples", "digits", "client.py")
IMAGES = os.path.join(serving.ROOT, "Examples", "digits", "images")
NOISE = np.random.RandomState(5).uniform(0, 1, [16, 28, 28, 1]).astype(np.float32)


@pytest.fixture(scope="module", params=[1, 2])
def version(request):
    return request.param


@pytest.fixture(scope="module")
def one_version(version, tmp_path_factory):
    """A server that has only this version of the digits model."""
    base = tmp_path_factory.mktemp("digits")
    shutil.copytree(os.path.join(serving.DIGITS, str(version)), base / str(version))
    with serving.Server("--model_name=digits", f"--model_base_path={base}", ready=["digits"]) as server:
        yield server


def pictures():
    from PIL import Image

    pixels = [np.asarray(Image.open(os.path.join(IMAGES, f"{digit}.png"))) for digit in range(10)]
    return np.stack(pixels)[..., None].astype(np.float32) / 255


def decoded(server, image, signature="predict_classes"):
    answer = server.predict(predict_request("digits", {"image": image}, signature=signature))
    assert set(answer.outputs) == {"decoded"}
    return array(answer.outputs["decoded"]), answer.model_spec


def test_digits_of_pictures_equal_tensorflow(one_version, version, goldens):
    scores, spec = decoded(one_version, pictures())
    np.testing.assert_allclose(scores, goldens["digits"][str(version)]["pictures"], rtol=0, atol=1e-5)
    assert scores.argmax(axis=1).tolist() == list(range(10))
    assert (spec.name, spec.version.value, spec.signature_name) == ("digits", version, "predict_classes")


@pytest.mark.parametrize("batch", [1, 2, 7, 16])
def test_digits_of_noise_equal_tensorflow_in_any_batch(one_version, version, goldens, batch):
    scores, _ = decoded(one_version, NOISE[:batch])
    np.testing.assert_allclose(scores, goldens["digits"][str(version)]["noise"][:batch], rtol=0, atol=1e-5)


def test_digits_of_an_empty_batch_are_empty(one_version):
    scores, _ = decoded(one_version, NOISE[:0])
    assert scores.shape == (0, 10)


def test_default_signature_is_the_same(one_version):
    named, _ = decoded(one_version, pictures())
    default, spec = decoded(one_version, pictures(), signature="")
    assert spec.signature_name == "serving_default"
    np.testing.assert_array_equal(named, default)


def test_example_client_prints_the_digit(one_version, version):
    for digit in range(10):
        picture = os.path.join(IMAGES, f"{digit}.png")
        command = [sys.executable, CLIENT, picture, "--server", f"127.0.0.1:{one_version.port}"]
        printed = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout
        assert printed.startswith(f"{digit}  (score ") and printed.endswith(f"digits version {version})\n")


def test_half_plus_two_equals_tensorflow(server, goldens):
    wanted = goldens["half_plus_two"]
    answer = server.predict(half_plus_two(wanted["x"]))
    np.testing.assert_array_equal(array(answer.outputs["y"]), np.array(wanted["y"], np.float32))
    assert (answer.model_spec.name, answer.model_spec.version.value) == ("half_plus_two", 1)
    assert answer.model_spec.signature_name == "serving_default"


def test_newest_version_is_served(server):
    _, spec = decoded(server, NOISE[:1])
    assert spec.version.value == 2
    assert server.states("digits")[2] == serving.AVAILABLE


def test_bundled_configuration_serves_both_models_from_any_folder():
    # The server runs in a temporary folder, so the relative base paths must be meant from the file's folder.
    flag = f"--model_config_file={os.path.join(serving.ROOT, 'models.config')}"
    with serving.Server(flag, ready=["digits", "half_plus_two"]) as server:
        assert list(server.predict(half_plus_two([8.0])).outputs["y"].float_val) == [6.0]
