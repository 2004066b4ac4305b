"""Convolutions."""
import numpy as np

from goldens.recorder import BF16, FLOATS

LOW = {np.float16: 6e-3, BF16: 3e-2, np.float32: 3e-5}


def cases(g):
    def conv(op, shape, filter, strides, padding="SAME", dtype=np.float32, first="input", **more):
        full = [1] + list(strides) + [1]
        g.case(op, strides=full, padding=padding, filter=g.values(dtype, filter), tolerance=LOW.get(dtype),
               **{first: g.values(dtype, shape)}, **more)

    for dtype in FLOATS + [np.int32]:
        for padding in ("SAME", "VALID"):
            conv("Conv2D", (2, 5, 4, 3), (3, 2, 3, 4), (1, 1), padding, dtype)
            conv("Conv2D", (1, 5, 4, 2), (1, 1, 2, 3), (2, 2), padding, dtype)
            conv("DepthwiseConv2dNative", (2, 5, 4, 3), (3, 3, 3, 1), (1, 1), padding, dtype)
            conv("DepthwiseConv2dNative", (1, 6, 6, 2), (3, 3, 2, 2), (2, 2), padding, dtype)
            conv("Conv3D", (1, 3, 4, 3, 2), (2, 2, 2, 2, 3), (1, 1, 1), padding, dtype)
    for shape, filter, strides in [
        ((1, 1, 1, 1), (1, 1, 1, 1), (1, 1)), ((2, 3, 3, 4), (1, 1, 4, 5), (1, 1)), ((1, 7, 5, 3), (5, 3, 3, 2), (2, 3)),
        ((3, 4, 4, 1), (4, 4, 1, 3), (1, 1)), ((1, 9, 9, 2), (2, 2, 2, 2), (3, 3)), ((1, 6, 6, 4), (3, 3, 2, 6), (1, 1)),
        ((2, 4, 4, 6), (1, 1, 2, 3), (1, 1)), ((0, 4, 4, 2), (3, 3, 2, 2), (1, 1)), ((1, 0, 4, 2), (3, 3, 2, 2), (1, 1)),
        ((1, 4, 4, 2), (3, 3, 2, 0), (1, 1)), ((1, 1, 8, 2), (1, 3, 2, 4), (1, 2)), ((1, 20, 1, 3), (4, 1, 3, 2), (1, 1)),
        ((1, 3, 3, 1), (2, 2, 1, 2), (4, 4)), ((1, 2, 2, 17), (3, 3, 17, 5), (1, 1)), ((1, 12, 12, 1), (3, 3, 1, 20), (1, 1)),
    ]:
        for padding in ("SAME", "VALID"):
            conv("Conv2D", shape, filter, strides, padding)
            conv("Conv2D", shape, filter, strides, padding, dilations=[1, 2, 2, 1])
        conv("Conv2D", shape, filter, strides, "EXPLICIT", explicit_paddings=[0, 0, 1, 2, 0, 3, 0, 0])
    conv("Conv2D", (1, 6, 6, 2), (2, 3, 2, 2), (1, 1), "VALID", dilations=[1, 1, 2, 1])
    conv("Conv2D", (1, 3, 3, 2), (2, 3, 2, 2), (1, 1), "EXPLICIT", explicit_paddings=[0, 0, 5, 5, 4, 4, 0, 0])
    for shape, filter in [
        ((2, 3), (1, 1, 1, 1)), ((1, 3, 3, 1), (1, 1, 1)), ((1, 3, 3, 3), (1, 1, 2, 1)), ((1, 3, 3, 4), (1, 1, 2, 3)),
        ((1, 3, 3, 1), (5, 5, 1, 1)), ((1, 3, 3, 0), (2, 2, 0, 2)), ((1, 3, 3, 1), (0, 2, 1, 2)), ((1, 3, 3, 2), (1, 1, 0, 3)),
        ((), ()), ((1, 2, 3, 3, 2), (1, 1, 2, 2)),
    ]:
        conv("Conv2D", shape, filter, (1, 1), "VALID")
        conv("DepthwiseConv2dNative", shape, filter, (1, 1), "VALID")
    for shape, filter, strides in [
        ((1, 4, 4, 1), (2, 2, 1, 1), (1, 1)), ((2, 5, 5, 4), (3, 3, 4, 1), (2, 2)), ((1, 5, 7, 3), (5, 3, 3, 3), (1, 1)),
        ((1, 7, 7, 20), (3, 3, 20, 1), (1, 1)), ((0, 4, 4, 2), (3, 3, 2, 1), (1, 1)), ((1, 3, 3, 2), (1, 1, 2, 4), (1, 1)),
        ((1, 2, 2, 2), (3, 3, 2, 1), (1, 1)), ((1, 6, 4, 33), (3, 2, 33, 2), (2, 2)), ((1, 3, 3, 3), (3, 3, 3, 0), (1, 1)),
    ]:
        for padding in ("SAME", "VALID"):
            conv("DepthwiseConv2dNative", shape, filter, strides, padding)
        conv("DepthwiseConv2dNative", shape, filter, strides, "EXPLICIT", explicit_paddings=[0, 0, 1, 2, 0, 3, 0, 0])
    for shape, filter, strides in [
        ((1, 2, 2, 2, 1), (1, 1, 1, 1, 2), (1, 1, 1)), ((2, 4, 3, 5, 2), (3, 2, 3, 2, 3), (2, 1, 2)),
        ((0, 2, 2, 2, 1), (1, 1, 1, 1, 2), (1, 1, 1)), ((1, 3, 3, 3, 4), (1, 1, 1, 4, 2), (2, 2, 2)),
        ((1, 2, 2, 2, 3), (2, 2, 2, 3, 4), (1, 1, 1)),
    ]:
        for padding in ("SAME", "VALID"):
            conv("Conv3D", shape, filter, strides, padding)
    for shape, filter in [((1, 2, 2, 2), (1, 1, 1, 1, 2)), ((1, 2, 2, 2, 1), (1, 1, 1, 2)), ((1, 2, 2, 2, 3), (1, 1, 1, 2, 2))]:
        conv("Conv3D", shape, filter, (1, 1, 1))

    def back(sizes, filter, gradient, strides, padding="SAME", dtype=np.float32, **more):
        g.case("Conv2DBackpropInput", input_sizes=np.array(sizes, np.int32), filter=g.values(dtype, filter),
               out_backprop=g.values(dtype, gradient), strides=[1, *strides, 1], padding=padding,
               tolerance=LOW.get(dtype), **more)

    for dtype in FLOATS:
        back((2, 4, 6, 3), (3, 3, 3, 2), (2, 2, 3, 2), (2, 2), dtype=dtype)
    back((1, 4, 4, 1), (2, 2, 1, 1), (1, 2, 2, 1), (2, 2))
    back((4, 4), (2, 2, 1, 1), (1, 2, 2, 1), (2, 2))
    back((1, 7, 5, 2), (3, 2, 2, 4), (1, 3, 2, 4), (2, 2), "VALID")
    back((1, 4, 4, 3), (1, 1, 3, 2), (1, 4, 4, 2), (1, 1))
    back((2, 8, 8, 2), (2, 2, 2, 3), (2, 2, 2, 3), (4, 4), "VALID")
    back((1, 3, 3, 2), (3, 3, 2, 3), (1, 1, 1, 3), (1, 1), "VALID")
    back((0, 4, 4, 1), (2, 2, 1, 1), (0, 2, 2, 1), (2, 2))
    back((1, 5, 5, 2), (3, 3, 2, 2), (1, 6, 8, 2), (1, 1), "EXPLICIT", explicit_paddings=[0, 0, 1, 2, 2, 3, 0, 0])
    for sizes, filter, gradient in [
        ((4, 4, 1), (2, 2, 1, 1), (1, 2, 2, 1)), ((1, 4, 4, 1), (2, 2, 1, 1), (1, 3, 2, 1)),
        ((2, 4, 4, 1), (2, 2, 1, 1), (1, 2, 2, 1)), ((1, 4, 4, 3), (2, 2, 2, 1), (1, 2, 2, 1)),
        ((1, 4, 4, 1), (2, 2, 1, 1), (1, 2, 2, 2)), ((1, 4, 4, 1), (2, 2, 1), (1, 2, 2, 1)), ((1, -4, 4, 1), (2, 2, 1, 1), (1, 2, 2, 1)),
        (((1, 4, 4, 1),), (2, 2, 1, 1), (1, 2, 2, 1)),
    ]:
        back(sizes, filter, gradient, (2, 2))

    def back3(sizes, filter, gradient, strides, padding="SAME", dtype=np.float32):
        g.case("Conv3DBackpropInputV2", input_sizes=np.array(sizes, np.int32), filter=g.values(dtype, filter),
               out_backprop=g.values(dtype, gradient), strides=[1, *strides, 1], padding=padding, tolerance=LOW.get(dtype))

    back3((1, 4, 4, 4, 2), (2, 2, 2, 2, 3), (1, 2, 2, 2, 3), (2, 2, 2))
    back3((2, 3, 5, 4, 1), (3, 3, 2, 1, 2), (2, 1, 3, 3, 2), (1, 1, 1), "VALID")
    back3((1, 4, 4, 4, 2), (2, 2, 2, 2, 3), (1, 2, 2, 2, 3), (2, 2, 2), dtype=np.float64)
