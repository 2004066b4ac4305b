"""TensorProto: every data type and every legal way to write one, both ways; and what is refused."""

import grpc
import numpy as np
import pytest

import serving
from serving import NAMES, array, content, predict_request, proto, refusal, typed

EDGES = {
    "float": np.array([0, -0.0, 1.5, -3.25e-38, 3.4028235e38, np.inf, -np.inf, np.nan, 1e-45], np.float32),
    "double": np.array([0, -0.0, 1 / 3, 5e-324, 1.7976931348623157e308, np.inf, np.nan]),
    "half": np.array([0, -0.0, 1.5, 65504, 6e-8, np.inf, np.nan], np.float16),
    "bfloat16": np.array([0, 0x3F80, 0xC000, 0x7F80, 0x7FC0, 0x0001], np.uint16),
    "bool": np.array([True, False, True]),
    "string": np.array([b"", b"a", "é€😀".encode(), bytes(range(256)), b"x" * 300], object),
    "complex64": np.array([1 + 2j, -0.5j, complex(np.inf, np.nan)], np.complex64),
    "complex128": np.array([1 + 2j, -0.5j, 1e300 + 1e-300j]),
}
for kind in ("int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"):
    limits = np.iinfo(kind)
    EDGES[kind] = np.array([limits.min, limits.max, 0, 1, 42], kind)


def echoed(server, tensor, name):
    answer = server.predict(predict_request("echo", {"x": tensor}, signature=name))
    assert answer.outputs["y"].dtype == NAMES[name][0]
    return array(answer.outputs["y"])


def same(got, wanted):
    assert got.shape == wanted.shape
    if wanted.dtype == object:
        assert got.tolist() == wanted.tolist()
    elif wanted.dtype.kind in "fc":
        np.testing.assert_array_equal(got, wanted)  # NaN equals NaN here
        np.testing.assert_array_equal(np.signbit(got.real), np.signbit(wanted.real))
    else:
        np.testing.assert_array_equal(got, wanted)


@pytest.mark.parametrize("encode", [content, typed])
@pytest.mark.parametrize("name", NAMES)
def test_edge_values_return_unchanged(server, name, encode):
    same(echoed(server, encode(EDGES[name], name), name), EDGES[name])


@pytest.mark.parametrize("encode", [content, typed])
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("shape", [(), (1,), (0,), (2, 0, 3), (2, 3), (1, 1, 2, 1, 3)])
def test_shapes_return_unchanged(server, name, encode, shape):
    values = np.resize(EDGES[name], shape).astype(EDGES[name].dtype)
    same(echoed(server, encode(values, name), name), values)


@pytest.mark.parametrize("name", NAMES)
def test_short_typed_field_repeats_its_last_value(server, name):
    values = EDGES[name][:2]
    tensor = typed(values, name)
    del tensor.tensor_shape.dim[:]
    tensor.tensor_shape.dim.add(size=5)
    same(echoed(server, tensor, name), np.concatenate([values, np.repeat(values[1:2], 3)]))


@pytest.mark.parametrize("name", NAMES)
def test_long_typed_field_is_cut(server, name):
    tensor = typed(EDGES[name], name)
    tensor.tensor_shape.dim[0].size = 2
    same(echoed(server, tensor, name), EDGES[name][:2])


@pytest.mark.parametrize("name", NAMES)
def test_empty_typed_field_gives_zeros(server, name):
    wanted = np.full([3], b"", object) if name == "string" else np.zeros([3], NAMES[name][1])
    same(echoed(server, proto(name, [3]), name), wanted)


def test_wrong_typed_field_gives_zeros(server):
    tensor = proto("float", [2])
    tensor.int_val.extend([7, 8])
    same(echoed(server, tensor, "float"), np.zeros([2], np.float32))


def test_content_wins_over_the_typed_field(server):
    tensor = content(np.array([1.0, 2.0], np.float32))
    tensor.float_val.extend([8.0, 9.0])
    same(echoed(server, tensor, "float"), np.array([1.0, 2.0], np.float32))


def test_missing_shape_is_a_scalar(server):
    tensor = serving.tensor_pb2.TensorProto(dtype=NAMES["float"][0], float_val=[2.5])
    same(echoed(server, tensor, "float"), np.float32(2.5).reshape(()))


def test_unknown_rank_flag_is_ignored(server):
    tensor = typed(np.array([1.0, 2.0], np.float32))
    tensor.tensor_shape.unknown_rank = True
    same(echoed(server, tensor, "float"), np.array([1.0, 2.0], np.float32))


@pytest.mark.parametrize("name, sent, wanted", [("int8", 300, 44), ("uint8", -1, 255), ("int16", 65535, -1)])
def test_narrow_integers_are_cut_to_their_width(server, name, sent, wanted):
    tensor = proto(name, [1])
    tensor.int_val.append(sent)
    assert echoed(server, tensor, name).tolist() == [wanted]


def test_odd_half_of_a_complex_number_is_ignored(server):
    tensor = proto("complex64", [2])
    tensor.scomplex_val.extend([1.0, 2.0, 9.0])
    assert echoed(server, tensor, "complex64").tolist() == [1 + 2j, 1 + 2j]


def _broken():
    short = content(np.arange(3, dtype=np.float32))
    short.tensor_content = short.tensor_content[:-1]
    long = content(np.arange(3, dtype=np.float32))
    long.tensor_content += b"\0"
    negative = proto("float", [-1])
    overflow = proto("float", [1 << 62, 1 << 62])
    product = proto("float", [1 << 33, 1 << 33])
    untyped = serving.tensor_pb2.TensorProto()
    reference = proto("float", [1])
    reference.dtype = 101
    unheard = proto("float", [1])
    unheard.dtype = 77
    text = proto("string", [2])
    text.tensor_content = b"\x05\x05abcde"
    lengths = proto("string", [2])
    lengths.tensor_content = b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01ab"
    huge = proto("string", [1])
    huge.tensor_content = b"\xff\xff\xff\xff\xff\xff\xff\xff\x7f"
    cases = locals().copy()
    return list(cases.items())


@pytest.mark.parametrize("case, tensor", _broken(), ids=lambda value: value if isinstance(value, str) else "")
def test_broken_tensor_is_refused(server, case, tensor):
    signature = "string" if tensor.dtype == NAMES["string"][0] else "float"
    code, text = refusal(lambda: server.predict(predict_request("echo", {"x": tensor}, signature=signature)))
    assert (code, text) == (grpc.StatusCode.INVALID_ARGUMENT, "tensor parsing error: x")


@pytest.mark.parametrize("name", ["float", "string", "bool", "complex128"])
@pytest.mark.parametrize("shape", [[1 << 40], [1 << 20, 1 << 20], [1 << 31]])
def test_tiny_message_that_asks_for_a_huge_tensor_is_refused(server, name, shape):
    tensor = typed(EDGES[name][:1], name)
    del tensor.tensor_shape.dim[:]
    for size in shape:
        tensor.tensor_shape.dim.add(size=size)
    before = server.memory()
    code, text = refusal(lambda: server.predict(predict_request("echo", {"x": tensor}, signature=name)))
    assert code in (grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.RESOURCE_EXHAUSTED) and text
    assert server.memory("VmHWM") - before < 1 << 30


def test_empty_tensor_of_many_rows_is_not_refused(server):
    assert echoed(server, proto("float", [1 << 30, 0]), "float").shape == (1 << 30, 0)


def test_empty_tensor_of_vast_dimensions_is_refused(server):
    """A kernel that walks along the rows would be busy for hours with nothing."""
    code, _ = serving.refusal(lambda: echoed(server, proto("float", [1 << 40, 0]), "float"))
    assert code == grpc.StatusCode.INVALID_ARGUMENT
