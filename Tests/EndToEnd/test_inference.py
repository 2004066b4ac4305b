"""Classify, Regress and MultiInference: results, contexts, and each refusal with its code and text."""

import os

import grpc
import numpy as np
import pytest
from tensorflow_serving.apis import classification_pb2, inference_pb2, regression_pb2

import serving
from serving import refusal

INVALID = grpc.StatusCode.INVALID_ARGUMENT
NOT_FOUND = grpc.StatusCode.NOT_FOUND
UNIMPLEMENTED = grpc.StatusCode.UNIMPLEMENTED
CLASSIFY, REGRESS = "tensorflow/serving/classify", "tensorflow/serving/regress"


@pytest.fixture(scope="module")
def model():
    base = os.path.join(serving.FIXTURES, "models", "examples")
    with serving.Server("--model_name=examples", f"--model_base_path={base}", ready=["examples"]) as server:
        yield server


def fill(request, rows, signature="", name="examples", context=None):
    spec = request.model_spec if hasattr(request, "model_spec") else None
    if spec is not None:
        spec.name, spec.signature_name = name, signature
    for row in rows:
        kind = request.input.example_list if context is None else request.input.example_list_with_context
        features(kind.examples.add(), row)
    if context is not None:
        features(request.input.example_list_with_context.context, context)
    return request


def features(example, values):
    for key, value in values.items():
        feature = example.features.feature[key]
        if isinstance(value, bytes):
            feature.bytes_list.value.append(value)
        else:
            feature.float_list.value.append(value)
    example.features.SetInParent()


def classify(server, rows, *arguments, **options):
    request = fill(classification_pb2.ClassificationRequest(), rows, *arguments, **options)
    return server.predictions.Classify(request, timeout=120)


def regress(server, rows, *arguments, **options):
    request = fill(regression_pb2.RegressionRequest(), rows, *arguments, **options)
    return server.predictions.Regress(request, timeout=120)


def classes(answer):
    return [[(c.label, c.score) for c in row.classes] for row in answer.result.classifications]


def test_classes_come_with_their_scores_for_each_example(model):
    answer = classify(model, [{"x": 2.0, "word": b"dog"}, {"x": -4.0}])
    assert classes(answer) == [[("dog", 3), ("dog!", 4), ("zero", -2)], [("none", 0), ("none!", 1), ("zero", 4)]]
    assert (answer.model_spec.name, answer.model_spec.signature_name) == ("examples", "serving_default")
    assert answer.model_spec.version.value == 1


def test_labels_and_scores_may_be_missing(model):
    assert classes(classify(model, [{"x": 2.0}], "only_scores")) == [[("", 3), ("", 4), ("", -2)]]
    assert classes(classify(model, [{"x": 2.0}], "only_classes")) == [[("none", 0), ("none!", 0), ("zero", 0)]]


@pytest.mark.parametrize("signature, expected", [("regress", [3, 4]), ("regress_column", [4, 5]), ("plain", [3, 4])])
def test_numbers_come_for_each_example(model, signature, expected):
    answer = regress(model, [{"x": 2.0}, {"x": 4.0}], signature)
    assert [regression.value for regression in answer.result.regressions] == expected
    assert answer.model_spec.signature_name == signature


def test_an_example_goes_before_its_context(model):
    answer = classify(model, [{"x": 2.0}, {"x": 4.0, "word": b"cat"}], "only_classes", context={"word": b"dog", "x": 9.0})
    assert [row[0][0] for row in classes(answer)] == ["dog", "cat"]
    assert regress(model, [{}], "regress", context={"x": 8.0}).result.regressions[0].value == 6


def test_many_examples_are_answered_in_order(model):
    answer = regress(model, [{"x": float(i)} for i in range(2000)], "regress")
    np.testing.assert_array_equal([r.value for r in answer.result.regressions], np.arange(2000) * 0.5 + 2)


@pytest.mark.parametrize("call, signature, code, text", [
    (classify, "nothing", INVALID, "No signature was found with the name: nothing"),
    (regress, "nothing", INVALID, "No signature was found with the name: nothing"),
    (classify, "regress", INVALID, "Expected classification signature outputs to contain at least one of"),
    (regress, "serving_default", INVALID, "Expected one output Tensor."),
    (regress, "only_scores", INVALID, "No regression outputs found in SignatureDef: inputs {\n  key: \"inputs\"\n  value {\n"
                                      "    name: \"examples:0\"\n    dtype: DT_STRING\n    tensor_shape {\n      dim {\n        size: -1\n"),
    (classify, "other_names", INVALID, "No classification inputs found in SignatureDef: inputs {\n  key: \"examples\"\n"),
    (classify, "other_outputs", INVALID, "Expected classification signature outputs to contain at least one of"),
    (classify, "flat", INVALID, "Expected Tensor shape: [batch_size num_classes] but got [2]"),
    (regress, "regress_wide", INVALID,
     "Expected output Tensor shape to be either [batch_size] or [batch_size, 1] but got [2,3]"),
    (regress, "regress_sum", INVALID, "Input batch size did not match output batch size: 2 vs. 1"),
    (regress, "regress_text", INVALID, "Expected output Tensor of DT_FLOAT.  Got: DT_STRING"),
])
def test_a_signature_that_does_not_fit_is_refused(model, call, signature, code, text):
    found = refusal(lambda: call(model, [{"x": 2.0}, {"x": 3.0}], signature))
    assert found[0] == code
    assert found[1].startswith(text), found[1]


def test_requests_that_name_nothing_are_refused(model):
    for call in (classify, regress):
        assert refusal(lambda: call(model, [])) == (INVALID, "Input is empty.") or call is regress
        assert refusal(lambda: call(model, [{"x": 1.0}], name="")) == (INVALID, "ModelSpec has no name specified.")
        assert refusal(lambda: call(model, [{"x": 1.0}], name="other")) == (
            NOT_FOUND, "Servable not found for request: Latest(other)")
    empty = classification_pb2.ClassificationRequest()
    assert refusal(lambda: model.predictions.Classify(empty, timeout=120)) == (INVALID, "Missing ModelSpec")


def test_an_example_without_a_required_feature_is_refused(model):
    code, text = refusal(lambda: regress(model, [{"word": b"dog"}], "regress"))
    assert code == INVALID
    assert "Feature: x (data type: float) is required but could not be found." in text


def multi(server, tasks, rows):
    request = inference_pb2.MultiInferenceRequest()
    for name, signature, method in tasks:
        task = request.tasks.add(method_name=method)
        task.model_spec.name, task.model_spec.signature_name = name, signature
    fill(request, rows)
    return server.predictions.MultiInference(request, timeout=120)


def test_several_tasks_share_the_examples(model):
    tasks = [("examples", "regress", REGRESS), ("examples", "", CLASSIFY)]
    first, second = multi(model, tasks, [{"x": 2.0}]).results
    assert [r.value for r in first.regression_result.regressions] == [3]
    assert [c.score for c in second.classification_result.classifications[0].classes] == [3, 4, -2]
    assert (first.model_spec.signature_name, second.model_spec.signature_name) == ("regress", "serving_default")
    assert second.model_spec.version.value == 1


@pytest.mark.parametrize("tasks, code, text", [
    ([], INVALID, "ModelSpec has no name specified."),
    ([("examples", "regress", REGRESS), ("", "", CLASSIFY)], INVALID, "Found ModelSpec with an empty model name."),
    ([("examples", "regress", REGRESS), ("other", "", CLASSIFY)], INVALID,
     "All ModelSpecs in a MultiInferenceRequest must access the same model name."),
    ([("examples", "regress", REGRESS)] * 2, INVALID, "Duplicate evaluation of signature: regress"),
    ([("examples", "nothing", REGRESS)], INVALID, "Requested signature not found in model graph: nothing"),
    ([("examples", "regress", "tensorflow/serving/predict")], UNIMPLEMENTED,
     "Unsupported signature method_name: tensorflow/serving/predict"),
    ([("examples", "regress", REGRESS), ("examples", "", REGRESS)], INVALID, "Expected one output Tensor."),
])
def test_tasks_that_do_not_fit_are_refused(model, tasks, code, text):
    assert refusal(lambda: multi(model, tasks, [{"x": 2.0}])) == (code, text)


def test_method_names_are_checked_on_demand():
    base = os.path.join(serving.FIXTURES, "models", "examples")
    flags = ["--model_name=examples", f"--model_base_path={base}", "--enable_signature_method_name_check"]
    with serving.Server(*flags, ready=["examples"]) as server:
        assert regress(server, [{"x": 2.0}], "regress").result.regressions[0].value == 3
        assert refusal(lambda: regress(server, [{"x": 2.0}], "plain")) == (
            INVALID, f"Expected regression signature method_name to be {REGRESS}. Was: tensorflow/serving/predict")


def test_copies_of_a_context_are_bounded(model):
    request = fill(classification_pb2.ClassificationRequest(), [], context={"word": b"x" * 2_000_000})
    for _ in range(1000):
        request.input.example_list_with_context.examples.add()
    code, text = refusal(lambda: model.predictions.Classify(request, timeout=120))
    assert code == grpc.StatusCode.RESOURCE_EXHAUSTED
    assert "for each of 1000 examples takes more than 268435456 bytes" in text
    assert classes(classify(model, [{"x": 2.0}], "only_scores")) == [[("", 3), ("", 4), ("", -2)]]
