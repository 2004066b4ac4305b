"""Ops that make, repeat, choose and move elements."""
import numpy as np
import tensorflow as tf

from goldens.recorder import ALL, BF16, FLOATS, INDEX, INTS, NUMBERS

f = np.float32


def cases(g):
    fills(g)
    ranges(g)
    repeats(g)
    pads(g)
    gathers(g)
    one_hots(g)
    reversals(g)
    selects(g)
    bitcasts(g)


def fills(g):
    for dtype in ALL:
        g.case("Fill", dims=np.array([2, 3], np.int32), value=g.values(dtype, ()))
        g.case("ZerosLike", x=g.values(dtype, (2, 2)))
        g.case("OnesLike", x=g.values(dtype, (2, 2)))
    for index in INDEX:
        for dims in ([], [0], [3], [2, 0, 2], [-1], [2, -3]):
            g.case("Fill", dims=np.array(dims, index), value=f(1.5))
        g.case("Fill", dims=np.array([[2]], index), value=f(1.5))
        g.case("Fill", dims=np.array([2], index), value=np.array([1, 2], f))
        g.case("Fill", dims=np.array([2], index), value=np.array([1], f))
    for shape in [(), (0,), (2, 0)]:
        g.case("ZerosLike", x=g.values(f, shape))
        g.case("OnesLike", x=g.values(f, shape))


def ranges(g):
    for dtype in NUMBERS:
        if np.dtype(dtype).kind == "c":
            continue
        g.case("Range", start=np.array(1, dtype), limit=np.array(9, dtype), delta=np.array(3, dtype))
    for dtype in (np.int32, np.int64, np.float32, np.float64):
        for start, limit, delta in [(0, 5, 1), (5, 0, -2), (3, 3, 1), (0, 5, -1), (5, 0, 1), (0, 5, 0), (-3, 4, 3), (0, 1, 10)]:
            g.case("Range", start=np.array(start, dtype), limit=np.array(limit, dtype), delta=np.array(delta, dtype))
    g.case("Range", start=f(0), limit=f(1), delta=f(0.1))
    g.case("Range", start=f(1), limit=f(-1), delta=f(-0.3))
    g.case("Range", start=np.array([0, 1], np.int32), limit=np.int32(5), delta=np.int32(1))
    for dtype in FLOATS:
        for count in (1, 2, 5):
            g.case("LinSpace", start=np.array(1).astype(dtype), stop=np.array(4).astype(dtype), num=np.int32(count))
    for count in (0, -1, 3):
        g.case("LinSpace", start=f(0), stop=f(1), num=np.int64(count))
    g.case("LinSpace", start=np.array([0], f), stop=f(1), num=np.int64(2))


def repeats(g):
    for dtype in ALL:
        if dtype is np.uint16:
            continue  # TensorFlow has no kernel, and says so late
        g.case("Tile", input=g.values(dtype, (2, 2)), multiples=np.array([1, 2], np.int32))
        g.case("BroadcastTo", input=g.values(dtype, (2, 1)), shape=np.array([2, 3], np.int32))
    for index in INDEX:
        for shape, multiples in [((), []), ((3,), [2]), ((3,), [0]), ((2, 3), [2, 2]), ((0, 2), [2, 2]), ((2, 1, 2), [1, 3, 2]),
                                 ((3,), [1]), ((2, 3), [2]), ((2, 3), [1, -1]), ((2,), [1, 1])]:
            g.case("Tile", input=g.values(f, shape), multiples=np.array(multiples, index))
        g.case("Tile", input=g.values(f, (2,)), multiples=np.array([[2]], index))
        for shape, wanted in [((), []), ((), [2, 2]), ((3,), [3]), ((3,), [2, 3]), ((1,), [0]), ((2, 1), [3, 2, 2]), ((0,), [2, 0]),
                              ((1, 3, 1), [2, 3, 2])]:
            g.case("BroadcastTo", input=g.values(f, shape), shape=np.array(wanted, index))
        for shape, wanted in [((3,), [2]), ((2, 3), [3]), ((2,), [2, 3]), ((3,), [-1]), ((0,), [2])]:
            g.case("BroadcastTo", text=False, input=g.values(f, shape), shape=np.array(wanted, index))
        for a, b in [([2, 3], [3]), ([], [2]), ([1, 2], [2, 1]), ([2], [3]), ([0], [1]), ([], [])]:
            g.case("BroadcastArgs", s0=np.array(a, index), s1=np.array(b, index), text=False)


def pads(g):
    for dtype in ALL:
        g.case("Pad", input=g.values(dtype, (2, 2)), paddings=np.array([[1, 0], [0, 2]], np.int32))
        g.case("PadV2", input=g.values(dtype, (2,)), paddings=np.array([[1, 2]], np.int32), constant_values=g.values(dtype, (), 1, 5))
        g.case("MirrorPad", input=g.values(dtype, (3,)), paddings=np.array([[1, 2]], np.int32), mode="REFLECT")
    for index in INDEX:
        for shape, paddings in [((), np.zeros((0, 2))), ((3,), [[0, 0]]), ((3,), [[0, 2]]), ((0,), [[1, 2]]), ((2, 3), [[0, 0], [1, 1]]),
                                ((2, 1, 2), [[1, 0], [0, 1], [1, 1]]), ((2, 0), [[1, 1], [0, 0]]), ((3,), [[-1, 1]]), ((2, 3), [[1, 1]]),
                                ((2,), [[1, 1], [1, 1]]), ((2,), [[1]]), ((2,), [1, 1])]:
            g.case("Pad", input=g.values(f, shape), paddings=np.array(paddings, index), text=np.ndim(paddings) == 2)
            g.case("PadV2", input=g.values(f, shape), paddings=np.array(paddings, index), constant_values=f(7),
                   text=np.ndim(paddings) == 2)
        for mode in ("REFLECT", "SYMMETRIC"):
            for shape, paddings in [((3,), [[0, 0]]), ((3,), [[2, 1]]), ((3,), [[3, 3]]), ((3,), [[4, 0]]), ((2, 3), [[1, 0], [1, 2]]),
                                    ((2, 3), [[1, 1], [2, 2]]), ((2, 2, 3), [[0, 1], [1, 1], [2, 0]]), ((3,), [[-1, 0]]), ((), np.zeros((0, 2)))]:
                g.case("MirrorPad", input=g.values(np.int32, shape), paddings=np.array(paddings, index), mode=mode, text=False)
    g.case("PadV2", input=g.values(f, (2,)), paddings=np.array([[1, 1]], np.int32), constant_values=np.array([1], f), text=False)


def gathers(g):
    for dtype in ALL:
        g.case("GatherV2", params=g.values(dtype, (3, 2)), indices=np.array([2, 0], np.int32), axis=np.int32(0))
        g.case("Gather", params=g.values(dtype, (3,)), indices=np.array([[2, 0]], np.int32))
        g.case("GatherNd", params=g.values(dtype, (3, 2)), indices=np.array([[2, 0], [0, 1]], np.int32))
    for index in INDEX:
        for shape, axis in [((5,), 0), ((3, 4), 0), ((3, 4), 1), ((3, 4), -1), ((2, 3, 2), 1), ((2, 3, 2), -3), ((3, 0), 0)]:
            for indices in (1, [1], [], [[0, 1], [1, 0]]):
                g.case("GatherV2", params=g.values(f, shape), indices=np.array(indices, index), axis=np.array(axis, index))
        for shape, indices, axis in [((3, 2), [3], 0), ((3, 2), [-1], 0), ((3, 2), [[0, 1], [2, 9]], 0), ((3, 2), [0], 2),
                                     ((3, 2), [0], -3), ((0, 2), [0], 0), ((0, 2), [], 0), ((), [0], 0)]:
            g.case("GatherV2", params=g.values(f, shape), indices=np.array(indices, index), axis=np.int32(axis))
            if axis == 0:
                g.case("Gather", params=g.values(f, shape), indices=np.array(indices, index))
        for params, indices, axis, batch in [
            ((2, 3), [[0, 2], [1, 1]], 1, 1), ((2, 3), [0, 2], 1, 1), ((2, 3, 2), [[0, 2], [1, 1]], 1, 1), ((2, 2, 3), [[0, 2], [1, 1]], 2, 1),
            ((2, 2, 3), [[[0], [2]], [[1], [1]]], 2, 2), ((2, 3), [[0], [1]], 1, -1), ((3, 3), [[0], [1]], 1, 1), ((2, 3), [[0], [1]], 0, 1),
            ((2, 3), [[0], [1]], 1, 3),
        ]:
            g.case("GatherV2", params=g.values(f, params), indices=np.array(indices, index), axis=np.int32(axis), batch_dims=batch)
        for shape, indices in [((3, 2), [[0], [2]]), ((3, 2), [1, 1]), ((3, 2), [[[0, 0]], [[2, 1]]]), ((3, 2), np.zeros((2, 0))),
                               ((3, 2), np.zeros((0, 2))), ((2, 2, 2), [[1, 0]]), ((3, 2), [[3, 0]]), ((3, 2), [[0, -1]]),
                               ((3, 2), [[0, 0, 0]]), ((0, 2), [[0]]), ((3,), 1), ((), [0])]:
            g.case("GatherNd", params=g.values(f, shape), indices=np.array(indices, index), text=False)


def one_hots(g):
    for dtype in ALL:
        g.case("OneHot", indices=np.array([1, 0], np.int32), depth=np.int32(3), on_value=g.values(dtype, (), 1, 4),
               off_value=g.values(dtype, (), -3, 0, seed=1))
    for index in (np.uint8, np.int8, np.int32, np.int64):
        for axis in (-1, 0, 1, 2, 3, -2):
            g.case("OneHot", indices=np.array([[1, 0, 3], [2, 5, 1]], index), depth=np.int32(4), on_value=f(2), off_value=f(-1), axis=axis)
    for indices, depth in [(1, 3), ([], 3), ([1], 0), ([-1, 1], 2), ([1], -1), ([1], [2])]:
        g.case("OneHot", indices=np.array(indices, np.int32), depth=np.array(depth, np.int32), on_value=f(1), off_value=f(0))
    g.case("OneHot", indices=np.array([1], np.int32), depth=np.int32(2), on_value=np.array([1], f), off_value=f(0))


def reversals(g):
    for dtype in ALL:
        g.case("ReverseV2", tensor=g.values(dtype, (2, 3)), axis=np.array([1], np.int32))
        g.case("Reverse", tensor=g.values(dtype, (2, 3)), dims=np.array([True, False]))
        g.case("Roll", input=g.values(dtype, (4,)), shift=np.int32(1), axis=np.int32(0))
        g.case("ReverseSequence", input=g.values(dtype, (2, 3)), seq_lengths=np.array([2, 3], np.int32), seq_dim=1)
    for index in INDEX:
        for shape, axes in [((), []), ((3,), []), ((3,), [0]), ((2, 3, 2), [0, 2]), ((2, 3, 2), [-2]), ((2, 3, 2), [0, 1, 2]), ((0, 2), [0]),
                            ((3,), [1]), ((3,), [-2]), ((2, 2), [0, 0]), ((2, 2), [1, -1])]:
            g.case("ReverseV2", tensor=g.values(np.int16, shape), axis=np.array(axes, index))
        for shift, axis in [(0, 0), (5, 0), (-1, 1), ([1, 2], [0, 1]), ([1, 1], [1, 1]), ([1, -7, 2], [0, 1, 2]), (1, 3), (1, -4), ([1], [0, 1]), ([], [])]:
            g.case("Roll", input=g.values(np.int8, (2, 3, 4)), shift=np.array(shift, index), axis=np.array(axis, index))
        for shape, lengths, seq, batch in [((2, 3), [0, 1], 1, 0), ((3, 2), [2, 3], 0, 1), ((2, 3, 2), [3, 2], 1, 0), ((2, 3, 2), [1, 2], 0, 2),
                                           ((2, 3), [4, 1], 1, 0), ((2, 3), [-1, 1], 1, 0), ((2, 3), [1], 1, 0), ((2, 3), [1, 1], 0, 0),
                                           ((2, 3), [1, 1], 2, 0), ((0, 3), [], 1, 0)]:
            g.case("ReverseSequence", input=g.values(np.int8, shape), seq_lengths=np.array(lengths, index), seq_dim=seq, batch_dim=batch)
    for shape, dims in [((2,), [True]), ((2, 2), [False, False]), ((2, 2), [True, True]), ((2, 2), [True]), ((), [])]:
        g.case("Reverse", tensor=g.values(np.int16, shape), dims=np.array(dims, np.bool_))


def selects(g):
    for dtype in ALL:
        g.case("Select", condition=np.array([True, False]), t=g.values(dtype, (2,)), e=g.values(dtype, (2,), seed=1))
        g.case("SelectV2", condition=np.array([True, False]), t=g.values(dtype, (2,)), e=g.values(dtype, (), seed=1))
        if dtype is np.float16:
            continue  # TensorFlow has no kernel, and says so late
        g.case("Where", condition=g.values(dtype, (2, 3), -1, 1) if dtype is not np.object_ else np.array([b"a"], object))
    for c, shape in [((), ()), ((), (2, 3)), ((2,), (2, 3)), ((2, 3), (2, 3)), ((0,), (0, 2)), ((2,), (2, 2, 2)), ((3,), (2, 3)), ((1, 3), (2, 3)), ((2,), ())]:
        g.case("Select", condition=g.values(np.bool_, c), t=g.values(f, shape), e=g.values(f, shape, seed=1), text=False)
    g.case("Select", condition=np.array(True), t=g.values(f, (2,)), e=g.values(f, (3,)), text=False)
    for c, a, b in [((), (), ()), ((2, 1), (3,), ()), ((3,), (2, 1), (2, 3)), ((), (2,), (1,)), ((2, 3), (), ()), ((1,), (0,), (1,)),
                    ((2, 1, 1), (1, 3, 1), (1, 1, 2)), ((2,), (3,), (3,)), ((2,), (2,), (3,)), ((2, 2), (2,), (2, 1))]:
        g.case("SelectV2", condition=g.values(np.bool_, c), t=g.values(f, a), e=g.values(f, b, seed=1), text=False)
    for shape in [(), (0,), (4,), (2, 2, 2), (2, 0)]:
        g.case("Where", condition=g.values(np.bool_, shape))
    g.case("Where", condition=np.array([np.nan, -0.0, 0.0, 1.0], f))


def bitcasts(g):
    for source in ALL[:-2]:
        for target in ALL[:-2]:
            if source is target:
                continue
            a, b = np.dtype(source).itemsize, np.dtype(target).itemsize
            integral = np.dtype(target).kind in "iu"
            shape = (2, b // a) if b > a else (2,)
            values = g.values(np.int8, shape, 1, 9).astype(source)
            if integral or a == b:
                if np.dtype(target).kind in "iu":
                    g.case("Bitcast", input=values, type=tf.as_dtype(target))
    g.case("Bitcast", input=g.values(np.uint8, (3,)), type=tf.int32, text=False)
    g.case("Bitcast", input=g.values(np.uint8, ()), type=tf.int32, text=False)
    g.case("Bitcast", input=g.values(np.int64, (0,)), type=tf.int32)
