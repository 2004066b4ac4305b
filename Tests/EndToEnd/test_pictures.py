"""Pictures in, labels out, over the REST port: with curl as people do, and with the numbers of Pillow in Python."""

import concurrent.futures
import io
import json
import os
import shutil
import subprocess

import numpy as np
import pytest
from PIL import Image

import serving

IMAGES = os.path.join(serving.ROOT, "Examples", "digits", "images")
SETTINGS = os.path.join("assets.extra", "image_classifier.pbtxt")
PATH = "/v1/models/digits:predict_image"


def digit(number):
    with open(os.path.join(IMAGES, f"{number}.png"), "rb") as file:
        return file.read()


def form(picture, name="image"):
    """(body, fields) of a form with one file."""
    head = f'--xyz\r\nContent-Disposition: form-data; name="{name}"; filename="a"\r\nContent-Type: image/png\r\n\r\n'
    return head.encode() + picture + b"\r\n--xyz--\r\n", {"Content-Type": "multipart/form-data; boundary=xyz"}


def ask(server, body, path=PATH, fields=None):
    """(status, JSON) of the answer to a picture."""
    status, headers, text = server.http("POST", path, body, fields)
    assert headers["content-type"] == "application/json"
    return status, json.loads(text)


@pytest.fixture(scope="module")
def digits():
    """A server of the digits model alone."""
    with serving.Server(
        "--model_name=digits", f"--model_base_path={serving.DIGITS}", ready=["digits"], rest=True
    ) as server:
        yield server


@pytest.fixture
def copied(tmp_path):
    """A folder of versions with one of digits, to be changed before it is served."""
    shutil.copytree(os.path.join(serving.DIGITS, "2"), tmp_path / "1")
    return tmp_path


def served(base, *flags):
    return serving.Server(
        "--model_name=digits", f"--model_base_path={base}", *flags, ready=["digits"], rest=True
    )


@pytest.mark.parametrize("path", [PATH, "/predict"])
def test_curl_gets_the_label_of_every_digit(digits, path):
    for number in range(10):
        picture = os.path.join(IMAGES, f"{number}.png")
        url = f"http://127.0.0.1:{digits.rest_port}{path}"
        text = subprocess.run(
            ["curl", "-s", "-X", "POST", "-F", f"image=@{picture}", url], check=True, capture_output=True
        ).stdout
        answer = json.loads(text)
        assert answer["success"] is True and len(answer["predictions"]) == 3
        best = answer["predictions"][0]
        assert best["label"] == str(number) and 0.9 < best["probability"] <= 1


def test_the_body_itself_may_be_the_picture(digits):
    for fields in ({"Content-Type": "image/png"}, None):
        assert ask(digits, digit(7), fields=fields)[1]["predictions"][0]["label"] == "7"
    assert ask(digits, *form(digit(7))[:1], fields=form(digit(7))[1])[1]["predictions"][0]["label"] == "7"


def test_versions_are_chosen_by_the_path_and_told(digits):
    status, headers, text = digits.http("POST", "/v1/models/digits/versions/2:predict_image", digit(3))
    assert status == 200 and json.loads(text)["predictions"][0]["label"] == "3"
    assert headers["x-model-server-model-version"] == "2"
    status, answer = ask(digits, digit(3), "/v1/models/digits/versions/9:predict_image")
    assert (status, answer) == (404, {"error": "Servable not found for request: Specific(digits, 9)"})


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize("mode", ["L", "RGB"])
@pytest.mark.parametrize("size", [(28, 28), (300, 200), (41, 300), (9, 9)])
def test_the_numbers_are_those_of_pillow_and_predict(digits, kind, mode, size):
    generator = np.random.default_rng(size[0])
    shape = (size[1], size[0]) if mode == "L" else (size[1], size[0], 3)
    soft = Image.fromarray(generator.integers(0, 256, shape).astype(np.uint8)).resize((7, 7)).resize(size)
    target = io.BytesIO()
    soft.save(target, kind)
    picture = Image.open(io.BytesIO(target.getvalue())).convert("L").resize((28, 28), Image.Resampling.BILINEAR)
    pixels = np.asarray(picture, np.float32)[None, :, :, None] * np.float32(1 / 255)
    scores = serving.array(digits.predict(serving.predict_request("digits", {"image": pixels})).outputs["decoded"])[0]
    status, answer = ask(digits, target.getvalue())
    assert status == 200
    expected = sorted(range(10), key=lambda label: -scores[label])[:3]
    assert [entry["label"] for entry in answer["predictions"]] == [str(label) for label in expected]
    got = np.array([entry["probability"] for entry in answer["predictions"]], np.float32)
    assert np.allclose(got, scores[expected], rtol=1e-6, atol=0)


@pytest.mark.parametrize(
    "body, fields, error",
    [
        (b"GIF89a...", None, "expected a picture in PNG or JPEG, got a GIF picture"),
        (b"hello", None, 'expected a picture in PNG or JPEG, got 5 bytes that begin with "hello"'),
        (b"", None, 'the request has no body; a picture was expected, as the body or as the part "image" of a form'),
        (digit(1)[:60], None, "the PNG picture is damaged: end of data"),
        (*form(digit(1), "file"), "the form has no part named \"image\"; it has the parts 'file'"),
        (*form(b""), 'the part "image" of the form is empty'),
    ],
)
def test_what_is_no_picture_is_refused_with_the_reason(digits, body, fields, error):
    assert ask(digits, body, fields=fields) == (400, {"error": error})
    assert ask(digits, body, "/predict", fields) == (400, {"error": error, "success": False})
    assert ask(digits, digit(4))[1]["predictions"][0]["label"] == "4"


def test_a_picture_that_inflates_is_refused_by_its_size(digits):
    target = io.BytesIO()
    Image.new("1", (30000, 30000)).save(target, "PNG")
    before = digits.memory("VmHWM")
    status, answer = ask(digits, target.getvalue())
    assert status == 400
    assert answer["error"] == (
        "the picture has 30000×30000 pixels, which are more than the limit of 67108864"
    )
    assert digits.memory("VmHWM") - before < 32 << 20


def test_many_uploads_at_once_all_succeed(digits):
    body, fields = form(digit(5))

    def one(_):
        status, answer = ask(digits, body, "/predict", fields)
        return status == 200 and answer["success"] and answer["predictions"][0]["label"] == "5"

    with concurrent.futures.ThreadPoolExecutor(100) as pool:
        assert all(pool.map(one, range(500)))


def test_batched_pictures_get_the_same_labels(tmp_path, copied):
    parameters = tmp_path / "batching.txt"
    parameters.write_text("max_batch_size { value: 16 } batch_timeout_micros { value: 2000 }")
    with served(copied, "--enable_batching", f"--batching_parameters_file={parameters}") as server:
        with concurrent.futures.ThreadPoolExecutor(32) as pool:
            answers = list(pool.map(lambda n: ask(server, digit(n % 10)), range(200)))
        assert [answer["predictions"][0]["label"] for _, answer in answers] == [str(n % 10) for n in range(200)]


def test_labels_come_from_a_class_index_or_lines(copied):
    words = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
    extra = copied / "1" / "assets.extra"
    index = {str(number): [f"n{number:08}", word] for number, word in enumerate(words)}
    (extra / "index.json").write_text(json.dumps(index))
    (extra / "labels.txt").write_text("\n".join(words))
    for name in ("index.json", "labels.txt"):
        (copied / "1" / SETTINGS).write_text(f'scale: 0.00392157 labels: "{name}" top_k: 1')
        with served(copied) as server:
            status, answer = ask(server, digit(8))
            assert status == 200 and [entry["label"] for entry in answer["predictions"]] == ["eight"]


@pytest.mark.parametrize(
    "settings, error",
    [
        ('labels: "../saved_model.pb"', "labels: '../saved_model.pb' is not a path below assets.extra or assets"),
        ("width: 27", "width is 27, but the input 'image' has shape [?,28,28,1], where it is 28"),
        ("color: RGB", "color asks for 3 channels, but the input 'image' of shape [?,28,28,1] has 1"),
        ('output: "x"', "the signature 'serving_default' has no output 'x'; it has 'decoded'"),
    ],
)
def test_wrong_settings_are_explained_and_the_model_serves_all_the_same(copied, settings, error):
    (copied / "1" / SETTINGS).write_text(settings)
    with served(copied) as server:
        assert ask(server, digit(1)) == (400, {"error": f"assets.extra/image_classifier.pbtxt: {error}"})
        assert f"pictures cannot be classified: assets.extra/image_classifier.pbtxt: {error}" in server.log
        pixels = np.zeros((1, 28, 28, 1), np.float32)
        assert "decoded" in server.predict(serving.predict_request("digits", {"image": pixels})).outputs


def test_an_unknown_field_is_named_with_its_place(copied):
    (copied / "1" / SETTINGS).write_text("scale: 1\nresise: BOX\n")
    with served(copied) as server:
        status, answer = ask(server, digit(1))
        assert status == 400
        assert answer["error"].startswith("assets.extra/image_classifier.pbtxt: Error parsing text-format")
        assert ": 2:" in answer["error"] and "resise" in answer["error"]


def test_the_short_path_needs_one_model_or_the_flag(tmp_path, shared):
    status, answer = ask(shared, digit(1), "/predict")
    assert status == 400 and answer["success"] is False
    assert "--image_model says which one is meant" in answer["error"]
    models = {"digits": serving.DIGITS, "half_plus_two": serving.HALF_PLUS_TWO}
    path = serving.config(tmp_path / "models.config", models)
    with serving.Server(
        f"--model_config_file={path}", "--image_model=digits", ready=models, rest=True
    ) as server:
        assert ask(server, digit(6), "/predict")[1]["predictions"][0]["label"] == "6"
        status, answer = ask(server, digit(6), "/v1/models/half_plus_two:predict_image")
        assert status == 400 and answer["error"].startswith("assets.extra/image_classifier.pbtxt: the input 'x'")
