"""Models made for Examples by TensorFlow 1 and 2: their answers are TensorFlow's, whichever call asks and in whatever form."""

import itertools
import json
import os

import grpc
import numpy as np
import pytest
from tensorflow.core.example import example_pb2
from tensorflow.core.protobuf import saved_model_pb2
from tensorflow_serving.apis import classification_pb2, get_model_metadata_pb2, inference_pb2, regression_pb2

import serving
from serving import refusal

INVALID = grpc.StatusCode.INVALID_ARGUMENT
NOT_FOUND = grpc.StatusCode.NOT_FOUND
INTERNAL = grpc.StatusCode.INTERNAL
METHODS = {"classify": "tensorflow/serving/classify", "regress": "tensorflow/serving/regress"}
ANSWERS = {
    "Classify": classification_pb2.ClassificationResponse,
    "Regress": regression_pb2.RegressionResponse,
    "MultiInference": inference_pb2.MultiInferenceResponse,
}
MODELS = ["flowers_v1", "flowers_v2", "misfits"]
SIGNATURES = [("serving_default", "classify"), ("classes", "classify"), ("scores", "classify"), ("size", "regress")]


def folder(name):
    return os.path.join(serving.FIXTURES, "models", name)


def models_flag(path):
    return f"--model_config_file={serving.config(path / 'models.config', {name: folder(name) for name in MODELS})}"


POLICIES = {
    "alone": [],
    "batched": ["--enable_batching"],
    "strict": ["--enable_batching", "--batch_scheduling=strict"],
}


@pytest.fixture(scope="module", params=POLICIES)
def server(request, tmp_path_factory):
    flags = [models_flag(tmp_path_factory.mktemp("examples")), *POLICIES[request.param]]
    with serving.Server(*flags, ready=MODELS) as server:
        server.policy = request.param
        yield server


with open(os.path.join(serving.FIXTURES, "examples.json")) as goldens:
    GOLDENS = json.load(goldens)


# The wire form, since the stubs refuse to hold what is no Example.


def field(number, content):
    return serving.varint(number << 3 | 2) + serving.varint(len(content)) + content


def spec(name, signature="", version=None, label=None):
    content = field(1, name.encode()) + field(3, signature.encode())
    if version is not None:
        content += field(2, b"\x08" + serving.varint(version))
    return content + (field(4, label.encode()) if label is not None else b"")


def example_input(examples, context=None):
    listed = b"".join(field(1, example) for example in examples)
    return field(1, listed) if context is None else field(2, listed + field(2, context))


def send(server, method, content):
    call = server.channel.unary_unary(
        f"/tensorflow.serving.PredictionService/{method}", request_serializer=bytes,
        response_deserializer=ANSWERS[method].FromString)
    return call(content, timeout=120)


def infer(server, call, name, signature, examples, context=None, **choice):
    content = field(1, spec(name, signature, **choice)) + field(2, example_input(examples, context))
    return send(server, call.capitalize(), content)


def multi(server, tasks, examples, context=None):
    content = b"".join(field(1, field(1, spec(*task)) + field(2, METHODS[call].encode())) for *task, call in tasks)
    return send(server, "MultiInference", content + field(2, example_input(examples, context)))


def numbers(*values):
    """An Example for the misfits."""
    example = example_pb2.Example()
    example.features.feature["x"].float_list.value.extend(values)
    return example.SerializeToString()


def unhex(record):
    context = record["context"]
    return [bytes.fromhex(one) for one in record["examples"]], None if context is None else bytes.fromhex(context)


def check(record, result):
    """`result` is what TensorFlow computed."""
    if "values" in record:
        values = [regression.value for regression in result.regressions]
        return np.testing.assert_allclose(values, record["values"], rtol=1e-6)
    rows = [[(one.label, one.score) for one in row.classes] for row in result.classifications]
    labels = [[label for label, _ in row] for row in rows]
    scores = np.array([[score for _, score in row] for row in rows], np.float32)
    none = [[0.0] * 3] * len(rows)
    wanted = record.get("classes") or [[""] * 3] * len(rows)
    assert labels == [[bytes.fromhex(label).decode() for label in row] for row in wanted]
    np.testing.assert_allclose(scores, np.array(record.get("scores") or none, np.float32), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("model", ["flowers_v1", "flowers_v2"])
@pytest.mark.parametrize("signature, call", SIGNATURES)
def test_answers_are_those_of_tensorflow(server, model, signature, call):
    records = [record for record in GOLDENS if (record["model"], record["signature"]) == (model, signature)]
    assert len(records) == 13 and sum("error" in record for record in records) == 6
    for record in records:
        ask = lambda: infer(server, call, model, signature, *unhex(record))
        if "error" in record:
            code, text = refusal(ask)
            assert code == INVALID and text.startswith(record["error"]), text
            continue
        answer = ask()
        check(record, answer.result)
        assert (answer.model_spec.name, answer.model_spec.version.value) == (model, 1)
        assert answer.model_spec.signature_name == signature and answer.model_spec.version_label == ""


@pytest.mark.parametrize("model", ["flowers_v1", "flowers_v2"])
def test_tasks_together_give_what_each_gives_alone(server, model):
    records = [record for record in GOLDENS if record["model"] == model and "error" not in record]
    examples, context = unhex(records[1])
    for count in range(1, 5):
        for tasks in itertools.permutations(SIGNATURES, count):
            answer = multi(server, [(model, signature, call) for signature, call in tasks], examples, context)
            assert len(answer.results) == count
            for (signature, call), result in zip(tasks, answer.results):
                alone = infer(server, call, model, signature, examples, context)
                assert getattr(result, {"classify": "classification_result", "regress": "regression_result"}[call]) == alone.result
                assert result.model_spec == alone.model_spec


@pytest.mark.parametrize("model", ["flowers_v1", "flowers_v2"])
def test_one_bad_example_fails_all_tasks(server, model):
    tasks = [(model, signature, call) for signature, call in SIGNATURES]
    good = unhex(next(record for record in GOLDENS if "error" not in record))[0]
    code, text = refusal(lambda: multi(server, tasks, good + [b"\x0a bad"]))
    assert code == INVALID and text.startswith("Could not parse example input, value: '\n bad'"), text


def test_one_failing_task_fails_the_call(server):
    large = numbers(1000.0, 1.0, 1.0)
    tasks = [("misfits", "serving_default", "classify"), ("misfits", "regress_guarded", "regress")]
    assert len(multi(server, tasks[:1], [large]).results) == 1
    code, text = refusal(lambda: multi(server, tasks, [large]))
    assert code == INVALID and "x is too large" in text, text


def test_tasks_with_inputs_of_their_own(server):
    """`lengths` reads another placeholder than `serving_default`."""
    example = numbers(1.0, 2.0, 3.0)
    tasks = [("misfits", "lengths", "regress"), ("misfits", "serving_default", "classify")]
    lengths, classes = multi(server, tasks, [example]).results
    assert [one.value for one in lengths.regression_result.regressions] == [len(example)]
    assert [one.score for one in classes.classification_result.classifications[0].classes] == [1, 2, 3]


MISFITS = [
    ("classify", "classes_of_numbers", "Expected classes Tensor of DT_STRING. Got: DT_FLOAT"),
    ("classify", "scores_of_doubles", "Expected scores Tensor of DT_FLOAT. Got: DT_DOUBLE"),
    ("classify", "flat_classes", "Expected Tensor shape: [batch_size num_classes] but got [2]"),
    ("classify", "one_row_of_classes", "Expected classes output batch size of 2. Got: 1"),
    ("classify", "one_row_of_scores", "Expected scores output batch size of 2. Got: 1"),
    ("classify", "narrow_scores", "Tensors class and score should match in dim_size(1). Got 3 vs. 2"),
    ("classify", "three_outputs", "Expected one or two output Tensors, found 3"),
    ("classify", "two_inputs", "Expected one input Tensor."),
    ("regress", "regress_two_inputs", "Expected one input Tensor."),
    ("regress", "regress_other_input", 'No regression inputs found in SignatureDef: inputs {\n  key: "examples"\n'),
    ("regress", "regress_scalar", "Expected output Tensor shape to be either [batch_size] or [batch_size, 1] but got []"),
    ("regress", "regress_doubles", "Expected output Tensor of DT_FLOAT.  Got: DT_DOUBLE"),
    ("regress", "regress_one_row", "Input batch size did not match output batch size: 2 vs. 1"),
    ("regress", "numbers", "Expects arg[0] to be float but string is provided"),
    ("regress", "nothing", "No signature was found with the name: nothing"),
]


@pytest.mark.parametrize("call, signature, text", MISFITS)
def test_what_does_not_suit_is_refused(server, call, signature, text):
    examples = [numbers(1.0, 2.0, 3.0), numbers(4.0, 5.0, 6.0)]
    if server.policy == "strict" and ("one_row" in signature or "scalar" in signature):
        # Told before the results are looked at; tasks together are not batched then.
        for found in (refusal(lambda: infer(server, call, "misfits", signature, examples)),
                      refusal(lambda: multi(server, [("misfits", signature, call)], examples))):
            assert found[0] == grpc.StatusCode.FAILED_PRECONDITION and found[1].startswith("Batched output tensor"), found
        tasks = [("misfits", "serving_default", "classify"), ("misfits", signature, call)]
        found = refusal(lambda: multi(server, tasks, examples))
        assert found[0] == INVALID and found[1].startswith(text), found[1]
        return
    found = refusal(lambda: infer(server, call, "misfits", signature, examples))
    assert found[0] == INVALID and found[1].startswith(text), found[1]
    if signature == "nothing":
        text = "Requested signature not found in model graph: nothing"
    for tasks in ([(signature, call)], [("serving_default", "classify"), (signature, call)]):
        found = refusal(lambda: multi(server, [("misfits", *task) for task in tasks], examples))
        if text.startswith("Expects arg[0]") and len(tasks) > 1:
            text = text.split("[0]")[0]
        assert found[0] == INVALID and found[1].startswith(text), found[1]


@pytest.mark.parametrize("call", ["classify", "regress"])
def test_the_model_and_its_version(server, call):
    examples = [numbers(1.0, 2.0, 3.0)]
    signature = "serving_default" if call == "classify" else "regress_guarded"
    ask = lambda name, **choice: infer(server, call, name, signature, examples, **choice)
    assert ask("misfits", version=1).model_spec.version.value == 1
    for choice, code, text in [
        ({"version": 7}, NOT_FOUND, "Servable not found for request: Specific(misfits, 7)"),
        ({"label": "canary"}, INVALID, "Unrecognized servable version label: canary"),
    ]:
        assert refusal(lambda: ask("misfits", **choice)) == (code, text)
        content = field(1, field(1, spec("misfits", signature, **choice)) + field(2, METHODS[call].encode()))
        content += field(2, example_input(examples))
        assert refusal(lambda: send(server, "MultiInference", content)) == (code, text)
    assert refusal(lambda: ask("nobody")) == (NOT_FOUND, "Servable not found for request: Latest(nobody)")
    assert refusal(lambda: ask("")) == (INVALID, "ModelSpec has no name specified.")
    only_input = field(2, example_input(examples))
    assert refusal(lambda: send(server, call.capitalize(), only_input)) == (INVALID, "Missing ModelSpec")
    assert refusal(lambda: send(server, "MultiInference", only_input)) == (INVALID, "ModelSpec has no name specified.")


EMPTY = {
    "no input": b"",
    "an input of no kind": field(2, b""),
    "an empty list": field(2, example_input([])),
    "an empty list with a context": field(2, example_input([], numbers(1.0, 2.0, 3.0))),
    "a list that another kind replaces": field(2, example_input([numbers(1.0, 2.0, 3.0)]) + field(2, b"")),
}


@pytest.mark.parametrize("case", EMPTY)
def test_no_examples(server, case):
    head = field(1, spec("misfits"))
    task = field(1, field(1, spec("misfits")) + field(2, METHODS["classify"].encode()))
    assert refusal(lambda: send(server, "Classify", head + EMPTY[case])) == (INVALID, "Input is empty.")
    assert refusal(lambda: send(server, "MultiInference", task + EMPTY[case])) == (INVALID, "Input is empty.")
    # What is wrong with the signature is said first.
    head = field(1, spec("misfits", "two_inputs"))
    assert refusal(lambda: send(server, "Classify", head + EMPTY[case])) == (INVALID, "Expected one input Tensor.")


def test_an_input_may_come_in_pieces(server):
    one, two, context = numbers(1.0, 2.0, 3.0), b"", numbers(7.0, 8.0, 9.0)
    head = field(1, spec("misfits"))
    scores = lambda content: [
        [one.score for one in row.classes] for row in send(server, "Classify", content).result.classifications]
    pieces = field(2, field(2, field(1, one))) + field(2, field(2, field(2, context))) + field(2, field(2, field(1, two)))
    assert scores(head + pieces) == scores(pieces + head) == [[1, 2, 3], [7, 8, 9]]
    assert scores(field(1, field(1, b"mis")) + pieces + field(1, field(1, b"misfits"))) == [[1, 2, 3], [7, 8, 9]]
    replaced = field(2, example_input([context])) + pieces + field(2, field(1, field(1, one)))
    assert scores(head + replaced) == [[1, 2, 3]]


@pytest.mark.parametrize("content, text", [
    (b"\x12\x05", "a length of 5 bytes where 0 are left"),
    (field(2, b"\x0a\x7f"), "a length of 127 bytes where 0 are left"),
    (field(2, field(1, b"\x0a\x05ab")), "a length of 5 bytes where 2 are left"),
    (b"\x1b", "group 3 does not end"),
])
def test_what_is_no_request(server, content, text):
    for method in ANSWERS:
        code, found = refusal(lambda: send(server, method, content))
        assert code == INTERNAL and found.startswith("malformed tensorflow.serving.") and found.endswith(text), found


@pytest.mark.parametrize("model", MODELS)
def test_metadata_and_status(server, model):
    with open(os.path.join(folder(model), "1", "saved_model.pb"), "rb") as file:
        wanted = saved_model_pb2.SavedModel.FromString(file.read()).meta_graphs[0].signature_def
    answer = server.metadata(serving.metadata_request(model, "signature_def"))
    packed = answer.metadata["signature_def"]
    found = get_model_metadata_pb2.SignatureDefMap.FromString(packed.value).signature_def
    assert set(found) == set(wanted) and all(found[name] == wanted[name] for name in wanted)
    assert server.states(model) == {1: serving.AVAILABLE}


def test_many_examples_at_a_time_from_many_callers(server):
    """Each gets the answers to its own examples, in their order."""
    content = lambda n: field(1, spec("misfits", "regress_guarded")) + field(
        2, example_input([numbers(float(n % 90), 0.0, float(i)) for i in range(n % 40 + 1)]))
    call = server.channel.unary_unary(
        "/tensorflow.serving.PredictionService/Regress", request_serializer=bytes,
        response_deserializer=regression_pb2.RegressionResponse.FromString)
    futures = [(n, call.future(content(n), timeout=120)) for n in range(300)]
    for n, future in futures:
        assert [one.value for one in future.result().result.regressions] == [float(n % 90)] * (n % 40 + 1)


def test_method_names_are_checked_on_demand(tmp_path):
    with serving.Server(models_flag(tmp_path), "--enable_signature_method_name_check", ready=MODELS) as server:
        examples = unhex(next(record for record in GOLDENS if "error" not in record))[0]
        assert infer(server, "classify", "flowers_v1", "", examples).model_spec.signature_name == "serving_default"
        for signature, call in SIGNATURES:
            noun = {"classify": "classification", "regress": "regression"}[call]
            text = f"Expected {noun} signature method_name to be {METHODS[call]}. Was: tensorflow/serving/predict"
            assert refusal(lambda: infer(server, call, "flowers_v2", signature, examples)) == (INVALID, text)
            assert refusal(lambda: multi(server, [("flowers_v2", signature, call)], examples)) == (INVALID, text)
