"""Reductions, comparisons, casts."""
import itertools

import numpy as np
import tensorflow as tf

from goldens.recorder import ALL, BF16, FLOATS, INDEX, INTS, NUMBERS

REDUCTIONS = ["Sum", "Mean", "Prod", "Max", "Min", "EuclideanNorm"]
SPECIAL = [0.0, -0.0, 1.0, -2.5, np.nan, np.inf, -np.inf]


def cases(g):
    reductions(g)
    comparisons(g)
    casts(g)


def reductions(g):
    f = np.float32
    for op in REDUCTIONS:
        for dtype in NUMBERS:
            for axis in (0, 1):
                g.case(op, input=g.values(dtype, (2, 3), 1, 4), axis=np.int32(axis), tolerance=0.02 if dtype is BF16 else None)
            if dtype not in (BF16, np.float16):
                g.case(op, input=g.values(dtype, (19,), -2, 2), axis=np.array([0], np.int32))
        shapes = [(), (4,), (0,), (2, 3), (2, 0, 3), (2, 3, 2)]
        for shape in shapes:
            axes = range(len(shape))
            for count in range(len(shape) + 1):
                for subset in itertools.combinations(axes, count):
                    if op in ("Sum", "Max") or len(subset) % 2:
                        g.case(op, input=g.values(f, shape), axis=np.array(subset, np.int32), keep_dims=len(subset) == 1)
        for axis in ([2], [-3], [0, 0], [1, -1], [-1], [-2, 1]):
            g.case(op, input=g.values(f, (2, 3)), axis=np.array(axis, np.int64))
        for row in ([1, np.nan, 2], [np.nan, 1, 2], [np.inf, 1, -np.inf], [-np.inf, 1, 2], [0.0, -0.0, -0.0]):
            for dtype in (np.float32, np.float64):
                g.case(op, input=np.array(row, dtype), axis=np.int32(0))
    g.case("Sum", input=g.values(f, (2, 1, 3, 2, 2)), axis=np.array([0, 2, 4], np.int32))
    g.case("Mean", input=g.values(f, (2, 2, 3, 2, 2)), axis=np.array([1, 3], np.int32), keep_dims=True)
    g.case("Sum", input=np.full((3, 1000), 0.1, f), axis=np.int32(1))
    g.case("Sum", input=np.full((10000, 2), 0.1, f), axis=np.int32(0), tolerance=1.5e-4)
    g.case("Sum", input=np.full((30000,), 0.1, f), axis=np.int32(0))
    g.case("Max", input=g.values(np.int8, (3, 300), -100, 100), axis=np.int32(0))
    for op in ("All", "Any"):
        for shape in [(), (0,), (4,), (2, 3), (2, 0), (3, 2, 2)]:
            for axes in [[], [0], [-1], list(range(len(shape)))]:
                for seed in (0, 1):
                    g.case(op, input=g.values(np.bool_, shape, seed=seed), axis=np.array(axes, np.int32), keep_dims=seed == 1)
        g.case(op, input=np.ones((9,), np.bool_), axis=np.int32(0))
        g.case(op, input=np.zeros((9,), np.bool_), axis=np.int32(0))


def comparisons(g):
    pairs = list(itertools.product(SPECIAL, SPECIAL))
    for op in ["Equal", "NotEqual", "Less", "LessEqual", "Greater", "GreaterEqual"]:
        for dtype in ALL:
            x, y = g.values(dtype, (8,), 0, 3), g.values(dtype, (8,), 0, 3, seed=1)
            if np.dtype(dtype).kind == "f" or dtype is BF16:
                x, y = np.round(x.astype(np.float32)).astype(dtype), np.round(y.astype(np.float32)).astype(dtype)
            g.case(op, x=x, y=y)
        for dtype in FLOATS:
            g.case(op, x=np.array([a for a, _ in pairs]).astype(dtype), y=np.array([b for _, b in pairs]).astype(dtype))
        for a, b in [((), ()), ((2, 3), (3,)), ((2, 1), (3,)), ((0,), (1,)), ((2,), (3,)), ((), (4,))]:
            g.case(op, x=g.values(np.int32, a), y=g.values(np.int32, b, seed=1))
    for op in ("Equal", "NotEqual"):
        for a, b in [((2,), (3,)), ((2,), (2,)), ((1,), (3,)), ((2, 3), (2,))]:
            g.case(op, x=g.values(np.int32, a), y=g.values(np.int32, b, seed=1), incompatible_shape_error=False)
    for op in ("LogicalAnd", "LogicalOr"):
        for a, b in [((), ()), ((6,), (6,)), ((2, 3), (3,)), ((2, 1), (1, 3)), ((2,), (3,))]:
            g.case(op, x=g.values(np.bool_, a), y=g.values(np.bool_, b, seed=1))
    for shape in [(), (5,), (0,)]:
        g.case("LogicalNot", x=g.values(np.bool_, shape))
    for op in ("IsNan", "IsInf", "IsFinite"):
        for dtype in FLOATS:
            g.case(op, x=np.array(SPECIAL).astype(dtype))
            g.case(op, x=np.array(1).astype(dtype))
    for dtype in NUMBERS:
        g.case("ApproximateEqual", x=np.array([1, 2, 3]).astype(dtype), y=np.array([1, 2, 4]).astype(dtype))
        g.case("ApproximateEqual", x=np.array([1, 2, 3]).astype(dtype), y=np.array([1, 3, 5]).astype(dtype), attributes={"tolerance": 1.5})


def casts(g):
    for source in ALL[:-1]:
        for target in ALL[:-1]:
            values = g.values(source, (6,), -100, 100)
            if np.dtype(source).kind in "fcV" or source is BF16:
                small = np.dtype(target).kind == "u"
                values = g.values(source, (6,), 0 if small else -100, 100)
            g.case("Cast", x=values, DstT=tf.as_dtype(target))
    for source in FLOATS:
        x = np.array([np.nan, np.inf, -np.inf, 1e10, -1e10, 3e38, 300.7, -300.7, 0.0, -0.5, 70000, 2147483648.0, 4294967296.0,
                      9.3e18, -9.3e18])
        with np.errstate(all="ignore"):
            x = x.astype(source)
        for target in (np.float32, np.float64, np.float16, BF16, np.bool_, np.complex64):
            g.case("Cast", x=x, DstT=tf.as_dtype(target))
        for target in (np.int32, np.int64):
            g.case("Cast", x=x, DstT=tf.as_dtype(target))
            g.case("Cast", x=x[:1], DstT=tf.as_dtype(target))
        for target in (np.int8, np.uint8, np.int16, np.uint16):
            g.case("Cast", x=x[6:11], DstT=tf.as_dtype(target))
    for source in INTS:
        x = np.array([np.iinfo(source).min, np.iinfo(source).max, 0, 1], source)
        for target in ALL[:-1]:
            g.case("Cast", x=x, DstT=tf.as_dtype(target))
    for source in (np.float32, np.float64):
        for target in (np.float16, BF16, np.float32, np.int32):
            g.case("Cast", x=np.array([1 / 3, -1 / 3, 1.999999, 65519], source), DstT=tf.as_dtype(target), Truncate=True)
    for shape in [(), (0,), (2, 0), (2, 1, 2)]:
        g.case("Cast", x=g.values(np.float32, shape), DstT=tf.int64)
