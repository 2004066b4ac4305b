"""Predict: outputs, filters, defaults, state, and each refusal with its code and text."""

import grpc
import numpy as np
import pytest

import serving
from serving import array, content, half_plus_two, predict_request, proto, refusal

A, B = np.array([1, 2, 3], np.float32), np.array([10, 20, 30], np.float32)
PAIR = {"sum": [11, 22, 33], "difference": [-9, -18, -27], "product": [10, 40, 90]}
ONE = np.array([1], np.float32)

INVALID = grpc.StatusCode.INVALID_ARGUMENT
NOT_FOUND = grpc.StatusCode.NOT_FOUND
FAILED_PRECONDITION = grpc.StatusCode.FAILED_PRECONDITION


def pair(inputs, **options):
    return predict_request("arithmetic", inputs, **{"signature": "pair", **options})


def values(answer):
    return {alias: array(tensor).tolist() for alias, tensor in answer.outputs.items()}


def test_all_outputs_come_when_none_is_named(server):
    assert values(server.predict(pair({"a": A, "b": B}))) == PAIR


@pytest.mark.parametrize("outputs", [["sum"], ["product", "sum"], ["difference", "product", "sum"]])
def test_only_the_named_outputs_come(server, outputs):
    assert values(server.predict(pair({"a": A, "b": B}, outputs=outputs))) == {alias: PAIR[alias] for alias in outputs}


def test_missing_input_takes_its_default(server):
    request = pair({"a": np.array([1, 2], np.float32)}, signature="defaulted", outputs=["sum"])
    assert values(server.predict(request)) == {"sum": [101, 102]}


def test_sent_input_wins_over_its_default(server):
    assert values(server.predict(pair({"a": A, "b": B}, signature="defaulted"))) == PAIR


def test_shapes_are_not_checked_against_the_signature(server):
    answer = server.predict(predict_request("half_plus_two", {"x": np.float32([[1, 2], [3, 4]])}))
    assert array(answer.outputs["y"]).tolist() == [[2.5, 3], [3.5, 4]]
    answer = server.predict(predict_request("half_plus_two", {"x": np.float32(2).reshape(())}))
    assert array(answer.outputs["y"]).tolist() == 3


def test_model_spec_of_the_answer_says_what_was_used(server):
    spec = server.predict(half_plus_two(version=1)).model_spec
    assert (spec.name, spec.version.value, spec.signature_name, spec.version_label) == (
        "half_plus_two",
        1,
        "serving_default",
        "",
    )


def test_state_lasts_between_requests(server):
    def call(signature, **inputs):
        inputs = {alias: np.int64(value).reshape(()) for alias, value in inputs.items()}
        return values(server.predict(predict_request("counter", inputs, signature=signature)))["count"]

    call("reset", to=40)
    assert [call("incr", by=1), call("incr", by=1), call("get"), call("get")] == [41, 42, 42, 42]
    call("reset", to=0)
    assert call("get") == 0


def test_client_id_and_options_are_accepted(server):
    request = half_plus_two()
    request.client_id = b"someone"
    request.request_options.SetInParent()
    assert len(server.predict(request).outputs["y"].float_val) == 3


# Refusals: name -> request, code, text.


def _without_spec():
    request = half_plus_two()
    request.ClearField("model_spec")
    return request


def _half(inputs, **options):
    return predict_request("half_plus_two", inputs, **options)


def _undecodable():
    tensor = proto("float", [3])
    tensor.tensor_content = b"abc"
    return _half({"x": tensor})


REFUSALS = {
    "no model_spec": (_without_spec(), INVALID, "Missing ModelSpec"),
    "no name": (predict_request("", {"x": ONE}), INVALID, "ModelSpec has no name specified."),
    "label of no version": (
        half_plus_two(label="stable"),
        INVALID,
        "Unrecognized servable version label: stable",
    ),
    "label of an unknown model": (
        predict_request("nobody", {}, label="canary"),
        INVALID,
        "Unrecognized servable version label: canary",
    ),
    "unknown model": (predict_request("nobody", {}), NOT_FOUND, "Servable not found for request: Latest(nobody)"),
    "unknown version": (
        half_plus_two(version=99),
        NOT_FOUND,
        "Servable not found for request: Specific(half_plus_two, 99)",
    ),
    "version of an unknown model": (
        predict_request("nobody", {}, version=3),
        NOT_FOUND,
        "Servable not found for request: Specific(nobody, 3)",
    ),
    "negative version": (
        half_plus_two(version=-5),
        NOT_FOUND,
        "Servable not found for request: Specific(half_plus_two, -5)",
    ),
    "unknown signature": (
        half_plus_two(signature="nope"),
        FAILED_PRECONDITION,
        'Serving signature key "nope" not found.',
    ),
    "no default signature": (
        predict_request("arithmetic", {"a": A, "b": B}),
        FAILED_PRECONDITION,
        'Serving signature key "serving_default" not found.',
    ),
    "no input": (
        _half({}),
        INVALID,
        "input size does not match signature: 0!=1 len({}) != len({x}). Sent extra: {}. Missing but required: {x}.",
    ),
    "an input too many": (
        _half({"x": ONE, "z": ONE, "a": ONE}),
        INVALID,
        "input size does not match signature: 3!=1 len({a,x,z}) != len({x}). Sent extra: {a,z}. "
        "Missing but required: {}.",
    ),
    "one of two inputs": (
        pair({"b": B}),
        INVALID,
        "input size does not match signature: 1!=2 len({b}) != len({a,b}). Sent extra: {}. Missing but required: {a}.",
    ),
    "wrong input name": (
        _half({"z": ONE}),
        INVALID,
        "Signature input alias: x(feed name: serving_default_x:0) not found in request and no default value provided. "
        "Inputs expected to be in the request {z}, or default input alias set: ",
    ),
    "the input without a default is missing": (
        pair({"b": B}, signature="defaulted"),
        INVALID,
        "Signature input alias: a(feed name: a:0) not found in request and no default value provided. "
        "Inputs expected to be in the request {b}, or default input alias set: b",
    ),
    "unknown name beside a default": (
        pair({"a": A, "zz": B}, signature="defaulted"),
        INVALID,
        "Inputs contains invalid name. Used request inputs: a, request input: a,zz",
    ),
    "undecodable tensor": (_undecodable(), INVALID, "tensor parsing error: x"),
    "unknown output": (
        pair({"a": A, "b": B}, outputs=["quotient"]),
        INVALID,
        "output tensor alias not found in signature: quotient Outputs expected to be in the set "
        "{difference,product,sum}.",
    ),
    "output named twice": (
        pair({"a": A, "b": B}, outputs=["sum", "sum"]),
        INVALID,
        "duplicate output tensor alias: sum",
    ),
    "double for float": (
        _half({"x": np.array([1.0])}),
        INVALID,
        "Expects arg[0] to be float but double is provided",
    ),
    "string for float": (
        _half({"x": content(np.array([b"1"], object), "string")}),
        INVALID,
        "Expects arg[0] to be float but string is provided",
    ),
    "int32 for the second of two": (
        pair({"a": A, "b": np.array([1, 2, 3], np.int32)}),
        INVALID,
        "Expects arg[1] to be float but int32 is provided",
    ),
    "float for int64": (
        predict_request("echo", {"x": ONE}, signature="int64"),
        INVALID,
        "Expects arg[0] to be int64 but float is provided",
    ),
    "bool for bfloat16": (
        predict_request("echo", {"x": np.array([True])}, signature="bfloat16"),
        INVALID,
        "Expects arg[0] to be bfloat16 but bool is provided",
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_refusal_has_the_code_and_text_of_tensorflow_serving(server, case):
    request, code, text = REFUSALS[case]
    got_code, got_text = refusal(lambda: server.predict(request))
    # A blank at the end of a header's value does not survive HTTP.
    assert (got_code, got_text) == (code, text.rstrip())


KERNEL_REFUSALS = {
    "matrix sizes": (
        predict_request(
            "arithmetic", {"left": np.ones([1, 3], np.float32), "right": np.ones([4, 2], np.float32)}, signature="matmul"
        ),
        "Matrix size-incompatible: In[0]: [1,3], In[1]: [4,2]",
    ),
    "gather out of range": (
        predict_request("arithmetic", {"rows": np.array([7], np.int32)}, signature="gather"),
        "indices[0] = 7 is not in [0, 5)",
    ),
    "gather of a negative row": (
        predict_request("arithmetic", {"rows": np.array([1, -1], np.int32)}, signature="gather"),
        "indices[1] = -1 is not in [0, 5)",
    ),
    "reshape to another size": (
        predict_request(
            "arithmetic",
            {"values": np.ones([7], np.float32), "shape": np.array([2, 3], np.int32)},
            signature="reshape",
        ),
        "Input to reshape is a tensor with 7 values, but the requested shape has 6",
    ),
}


@pytest.mark.parametrize("case", KERNEL_REFUSALS)
def test_refusal_of_a_kernel_begins_like_tensorflow_s(server, case):
    request, text = KERNEL_REFUSALS[case]
    got_code, got_text = refusal(lambda: server.predict(request))
    assert got_code == INVALID and got_text.startswith(text), got_text


def test_shapes_that_do_not_broadcast_are_refused(server):
    code, text = refusal(lambda: server.predict(pair({"a": A, "b": np.ones([2], np.float32)})))
    assert code == INVALID and text.startswith("Incompatible shapes: [3] vs. [2]"), text


def test_long_text_is_cut_to_1024_bytes(server):
    code, text = refusal(lambda: server.predict(half_plus_two(signature="s" * 3000)))
    assert code == FAILED_PRECONDITION
    assert text == ('Serving signature key "' + "s" * 3000)[:1024] + "...TRUNCATED"


@pytest.mark.parametrize("name", ["ünï", "100%", "%41", "tab\tline\nend", "quote\"'", "日本語", "a\x7fb"])
def test_any_text_survives_grpc_message(server, name):
    code, text = refusal(lambda: server.predict(half_plus_two(signature=name)))
    assert (code, text) == (FAILED_PRECONDITION, f'Serving signature key "{name}" not found.')
