"""Sums of many, extrema, scans, top-k, complex numbers, blocks."""
import itertools

import numpy as np
import tensorflow as tf

from goldens.recorder import ALL, BF16, COMPLEX, FLOATS, INDEX, INTS, NUMBERS

f = np.float32


def cases(g):
    sums(g)
    extrema(g)
    scans(g)
    top_k(g)
    complexes(g)
    blocks(g)


def sums(g):
    for dtype in ALL:
        if dtype is not np.bool_:
            g.case("Add", x=g.values(dtype, (3,)), y=g.values(dtype, (3,), seed=1))
        if dtype in NUMBERS:
            g.case("AddN", inputs=[g.values(dtype, (3,), seed=i) for i in range(3)])
            g.case("ClipByValue", x=g.values(dtype, (6,), -9, 9), clip_value_min=np.array(1, dtype), clip_value_max=np.array(4, dtype))
    for shape in [(), (0,), (2, 3)]:
        for count in (1, 2, 4):
            g.case("AddN", inputs=[g.values(f, shape, seed=i) for i in range(count)])
    for count in (1, 3):
        g.case("AccumulateNV2", inputs=[g.values(f, (2, 2), seed=i) for i in range(count)], shape=[2, 2])
    g.case("AddN", inputs=[g.values(f, (2,)), g.values(f, (3,))], text=False)
    for a, b in [((), (3,)), ((2, 1), (3,)), ((2,), (3,)), ((0,), ())]:
        g.case("Add", x=g.values(np.object_, a), y=g.values(np.object_, b, seed=1))
    x = np.array([-5, -1, 0, 2, 9, np.nan, np.inf, -np.inf], f)
    for low, high in [((), ()), ((8,), ()), ((), (8,)), ((8,), (8,)), ((1,), (1,)), ((3,), ())]:
        g.case("ClipByValue", text=False, x=x, clip_value_min=g.values(f, low, -3, 0), clip_value_max=g.values(f, high, 1, 4))
    g.case("ClipByValue", x=x, clip_value_min=f(4), clip_value_max=f(-4))
    g.case("ClipByValue", x=g.values(f, (2, 3)), clip_value_min=g.values(f, (3,)), clip_value_max=f(1), text=False)


def extrema(g):
    for op in ("ArgMax", "ArgMin"):
        for dtype in NUMBERS + [np.bool_]:
            g.case(op, input=g.values(dtype, (3, 4)), dimension=np.int32(1))
        for out in (tf.int32, tf.int64, tf.int16, tf.uint16):
            g.case(op, input=g.values(f, (3, 4)), dimension=np.int32(0), output_type=out)
        for shape in [(5,), (2, 3), (2, 3, 4), (0, 3), (3, 0)]:
            for axis in range(-len(shape) - 1, len(shape) + 1):
                g.case(op, input=g.values(np.int32, shape, 0, 2), dimension=np.array(axis, np.int64))
        g.case(op, input=np.array([1, 3, 3, 1], f), dimension=np.int32(0))
        g.case(op, input=np.array(1, f), dimension=np.int32(0))
        g.case(op, input=np.array([1, 3], f), dimension=np.array([0], np.int32), text=False)
        g.case(op, input=np.array([np.inf, -np.inf, np.inf, -np.inf], f), dimension=np.int32(0))


def scans(g):
    for op in ("Cumsum", "Cumprod"):
        for dtype in NUMBERS:
            g.case(op, x=g.values(dtype, (5,), 1, 2), axis=np.int32(0), tolerance=0.02 if dtype in (BF16, np.float16) else None)
        for shape in [(4,), (2, 3), (2, 3, 2), (0,), (2, 0)]:
            for axis, exclusive, reverse in itertools.product(range(-len(shape), len(shape)), (False, True), (False, True)):
                g.case(op, x=g.values(f, shape), axis=np.array(axis, np.int64), exclusive=exclusive, reverse=reverse)
        for axis in (1, -2):
            g.case(op, x=g.values(f, (3,)), axis=np.int32(axis))
        g.case(op, x=g.values(f, ()), axis=np.int32(0))
        g.case(op, x=g.values(f, (3,)), axis=np.array([0], np.int32))


def top_k(g):
    for dtype in NUMBERS:
        g.case("TopKV2", input=g.values(dtype, (2, 5)), k=np.int32(3))
    for shape, k in [((5,), 1), ((5,), 5), ((5,), 0), ((2, 4), 2), ((2, 2, 3), 2), ((0, 3), 2), ((3,), 4), ((3,), -1), ((), 0), ((40,), 20), ((40,), 16), ((40,), 40)]:
        g.case("TopKV2", input=g.values(f, shape, -2, 2), k=np.int32(k))
        g.case("TopKV2", input=g.values(np.int32, shape, 0, 3), k=np.int32(k))
    for kind, index in [(np.int32, tf.int64), (np.int64, tf.int32), (np.int16, tf.int16), (np.int64, tf.int64)]:
        g.case("TopKV2", input=g.values(f, (6,)), k=np.array(2, kind), index_type=index)
    g.case("TopKV2", input=g.values(f, (6,)), k=np.array([2], np.int32))
    g.case("TopKV2", input=np.array([-np.inf, np.inf, 0, -0.0, np.inf], f), k=np.int32(5))


def complexes(g):
    for real, cplx in ((tf.float32, np.complex64), (tf.float64, np.complex128)):
        for shape in [(), (4,), (0,)]:
            for op in ("Real", "Imag", "ComplexAbs", "Angle"):
                argument = "x" if op == "ComplexAbs" else "input"
                g.case(op, **{argument: g.values(cplx, shape)}, Tout=real)
            g.case("Conj", input=g.values(cplx, shape))
        dtype = real.as_numpy_dtype
        for a, b in [((), ()), ((3,), (3,)), ((2, 1), (3,)), ((2,), (3,))]:
            g.case("Complex", real=g.values(dtype, a), imag=g.values(dtype, b, seed=1), Tout=tf.as_dtype(cplx))
    for dtype in FLOATS:
        g.case("L2Loss", t=g.values(dtype, (3, 2)))
    g.case("L2Loss", t=g.values(f, (0,)))
    g.case("L2Loss", t=g.values(f, ()))


def blocks(g):
    for dtype in ALL:
        g.case("DepthToSpace", input=g.values(dtype, (1, 1, 2, 4)), block_size=2)
        g.case("SpaceToDepth", input=g.values(dtype, (1, 2, 2, 1)), block_size=2)
        g.case("SpaceToBatchND", input=g.values(dtype, (1, 2, 2)), block_shape=np.array([2], np.int32), paddings=np.array([[1, 1]], np.int32))
        g.case("BatchToSpaceND", input=g.values(dtype, (2, 2, 1)), block_shape=np.array([2], np.int32), crops=np.array([[1, 0]], np.int32))
    for shape, size in [((2, 2, 3, 8), 2), ((1, 1, 1, 9), 3), ((0, 2, 2, 4), 2), ((1, 2, 2, 3), 2), ((1, 2, 2, 18), 3), ((2, 4), 2)]:
        g.case("DepthToSpace", input=g.values(np.int32, shape), block_size=size, text=False)
    for shape, size in [((2, 4, 2, 3), 2), ((1, 3, 3, 2), 3), ((0, 2, 2, 1), 2), ((1, 3, 2, 1), 2), ((2, 4), 2)]:
        g.case("SpaceToDepth", input=g.values(np.int32, shape), block_size=size, text=False)
    for index in INDEX:
        for shape, block, pads in [((1, 4, 4, 1), [2, 2], [[0, 0], [0, 0]]), ((2, 2, 4, 3), [2, 2], [[0, 0], [2, 0]]), ((2, 3, 2), [3], [[0, 0]]),
                                   ((2, 3, 5), [2, 3], [[1, 0], [0, 1]]), ((1, 4), [1], [[1, 1]]), ((2, 3), [2], [[0, 0]]), ((2, 4), [0], [[0, 0]]),
                                   ((2, 4), [2], [[-1, 1]]), ((2,), [2], [[0, 0]]), ((0, 4), [2], [[0, 0]]), ((2, 0), [2], [[1, 1]])]:
            g.case("SpaceToBatchND", input=g.values(np.int32, shape), block_shape=np.array(block, index), paddings=np.array(pads, index), text=False)
        for shape, block, crops in [((4, 2, 2, 1), [2, 2], [[0, 0], [0, 0]]), ((8, 1, 3, 2), [2, 2], [[0, 0], [2, 0]]), ((6, 2), [3], [[1, 2]]),
                                    ((12, 2, 2), [2, 3], [[1, 0], [0, 1]]), ((3, 2), [2], [[0, 0]]), ((4, 2), [2], [[3, 2]]), ((4, 2), [2], [[-1, 0]]), ((4,), [2], [[0, 0]])]:
            g.case("BatchToSpaceND", input=g.values(np.int32, shape), block_shape=np.array(block, index), crops=np.array(crops, index), text=False)
        g.case("SpaceToBatch", input=g.values(np.int32, (1, 2, 4, 2)), paddings=np.array([[1, 1], [0, 0]], index), block_size=2)
        g.case("BatchToSpace", input=g.values(np.int32, (4, 2, 2, 1)), crops=np.array([[1, 0], [0, 1]], index), block_size=2)
