"""Ops that tell or change the shape."""
import numpy as np
import tensorflow as tf

from goldens.recorder import ALL, INDEX

SHAPES = [(), (0,), (1,), (5,), (2, 3), (2, 0, 3), (1, 4, 1), (2, 1, 3, 2)]


def cases(g):
    for shape in SHAPES:
        for out in (tf.int32, tf.int64):
            x = g.values(np.float32, shape)
            g.case("Shape", input=x, out_type=out)
            g.case("Size", input=x, out_type=out)
            g.case("ShapeN", input=[x, g.values(np.float32, (3, 2)), g.values(np.float32, ())], out_type=out)
        g.case("Rank", input=g.values(np.int64, shape))
        g.case("Identity", input=g.values(np.float32, shape))
    for dtype in ALL:
        g.case("Shape", input=g.values(dtype, (2, 3)))
        g.case("Identity", input=g.values(dtype, (2, 2)))
        g.case("Reshape", tensor=g.values(dtype, (2, 3)), shape=np.array([3, -1], np.int32))
        g.case("Squeeze", input=g.values(dtype, (1, 3, 1)))
        g.case("ExpandDims", input=g.values(dtype, (3,)), axis=np.int32(0))
    for index in INDEX:
        for shape, wanted in [
            ((6,), [2, 3]), ((2, 3), [-1]), ((), []), ((), [1, 1]), ((1,), []), ((0, 3), [-1, 3]), ((0, 3), [0]),
            ((2, 0), [0, 5]), ((2, 3, 4), [4, -1, 2]), ((4,), [2, -1, 2]), ((2, 3), [6]), ((0,), [-1]), ((8,), [2, 2, 2, 1]),
        ]:
            g.case("Reshape", tensor=g.values(np.float32, shape), shape=np.array(wanted, index))
        for shape, wanted in [
            ((6,), [4]), ((6,), [-1, 4]), ((6,), [-1, -1]), ((6,), [-2, 3]), ((0, 3), [-1, 0]), ((6,), [2, 2]), ((), [2]),
        ]:
            g.case("Reshape", tensor=g.values(np.float32, shape), shape=np.array(wanted, index))
        g.case("Reshape", tensor=g.values(np.float32, (6,)), shape=np.array([[2, 3]], index))
        for shape, axis in [((), 0), ((), -1), ((3,), 1), ((3,), -1), ((2, 3), 1), ((2, 3), -3), ((2, 3), 3), ((2, 3), -4)]:
            g.case("ExpandDims", input=g.values(np.float32, shape), axis=np.array(axis, index))
        g.case("ExpandDims", input=g.values(np.float32, (2,)), axis=np.array([1], index))
        g.case("ExpandDims", input=g.values(np.float32, (2,)), axis=np.array([1, 0], index))
    for shape, axes in [
        ((1, 3, 1), [0]), ((1, 3, 1), [-1]), ((1, 3, 1), [0, 2]), ((1, 3, 1), [0, -3]), ((1, 1), []), ((), []), ((2, 3), []),
        ((1, 3, 1), [1]), ((1, 3), [2]), ((1, 3), [-3]), ((1, 0, 1), []), ((), [0]),
    ]:
        g.case("Squeeze", input=g.values(np.float32, shape), axis=axes)
    for shape, wanted in [((2, 3), [2, 3]), ((2, 3), [None, 3]), ((2, 3), None), ((2, 3), [3, None]), ((2, 3), [None]), ((), [])]:
        g.case("EnsureShape", text=False, input=g.values(np.float32, shape), shape=tf.TensorShape(wanted))
