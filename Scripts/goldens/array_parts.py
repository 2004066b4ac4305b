"""Ops that take tensors apart, put them together and permute them."""
import itertools

import numpy as np

from goldens.recorder import ALL, INDEX


def cases(g):
    transposes(g)
    slices(g)
    strided_slices(g)
    concats(g)
    splits(g)


def transposes(g):
    for dtype in ALL:
        g.case("Transpose", x=g.values(dtype, (2, 3, 2)), perm=np.array([2, 0, 1], np.int32))
        g.case("ConjugateTranspose", x=g.values(dtype, (2, 3)), perm=np.array([1, 0], np.int32))
    for index in INDEX:
        for shape in [(), (3,), (2, 3), (0, 3), (1, 4), (3, 1, 2)]:
            for perm in itertools.permutations(range(len(shape))):
                g.case("Transpose", x=g.values(np.int16, shape), perm=np.array(perm, index))
        for perm in [[0, 0], [0, 2], [0], [0, 1, 2], [-1, 0], [-3, 0]]:
            g.case("Transpose", x=g.values(np.float32, (2, 3)), perm=np.array(perm, index))
        g.case("Transpose", x=g.values(np.float32, (2, 3)), perm=np.array([[1, 0]], index))
        for x in ([3, 0, 2, 1], [], [0], [0, 0], [0, 2], [-1, 0]):
            g.case("InvertPermutation", x=np.array(x, index))
        g.case("InvertPermutation", x=np.array([[0]], index))
    g.case("Transpose", x=g.values(np.int8, (2, 3, 2, 2, 3)), perm=np.array([4, 2, 0, 3, 1], np.int32))
    g.case("Transpose", x=g.values(np.int8, (34, 33)), perm=np.array([1, 0], np.int32))


def slices(g):
    for dtype in ALL:
        g.case("Slice", input=g.values(dtype, (3, 4)), begin=np.array([1, 1], np.int32), size=np.array([2, -1], np.int32))
    for index in INDEX:
        for shape, begin, size in [
            ((), [], []), ((5,), [2], [2]), ((5,), [5], [0]), ((5,), [0], [5]), ((5,), [5], [-1]), ((0,), [0], [0]),
            ((0, 3), [0, 1], [0, 2]), ((2, 3, 4), [0, 1, 0], [2, 1, -1]), ((2, 3, 4), [1, 0, 2], [1, 3, 2]),
            ((5,), [6], [0]), ((5,), [-1], [1]), ((5,), [3], [3]), ((5,), [0], [-2]), ((5,), [0, 0], [1, 1]), ((0,), [1], [0]),
            ((0,), [0], [1]), ((5,), [1], [1, 2]),
        ]:
            g.case("Slice", input=g.values(np.float32, shape), begin=np.array(begin, index), size=np.array(size, index))


def strided_slices(g):
    def case(shape, begin, end, strides, dtype=np.float32, index=np.int32, **masks):
        g.case("StridedSlice", input=g.values(dtype, shape), begin=np.array(begin, index), end=np.array(end, index),
               strides=np.array(strides, index), **masks)

    for dtype in ALL:
        case((3, 4), [1, 3], [3, 0], [1, -2], dtype=dtype)
    for index in INDEX:
        for begin, end, step in itertools.product([-7, -2, 0, 4, 6], [-7, -1, 3, 9], [1, 2, -1, -3]):
            case((5,), [begin], [end], [step], dtype=np.int8, index=index)
        for begin in range(-4, 4):
            case((3,), [begin], [begin + 1], [1], index=index, shrink_axis_mask=1)
    for begin_mask, end_mask in itertools.product(range(4), range(4)):
        case((3, 4), [1, 2], [2, 3], [1, 1], dtype=np.int8, begin_mask=begin_mask, end_mask=end_mask)
        case((3, 4), [1, 2], [0, 1], [-1, -1], dtype=np.int8, begin_mask=begin_mask, end_mask=end_mask)
    for ellipsis, new, shrink in itertools.product([0, 1, 2, 4], [0, 1, 2, 4, 6], [0, 1, 2, 4, 5]):
        case((2, 2, 3), [0, 1, 0], [2, 2, 1], [1, 1, 1], dtype=np.int8, ellipsis_mask=ellipsis, new_axis_mask=new, shrink_axis_mask=shrink)
    case((2, 3, 4), [0, 0, 0, 0], [1, 1, 1, 1], [1, 1, 1, 1])
    case((2, 3, 4), [0, 0, 0, 0], [1, 1, 1, 1], [1, 1, 1, 1], new_axis_mask=5, ellipsis_mask=2)
    case((2, 3), [0, 0], [1, 1], [1, 1], ellipsis_mask=3)
    case((2, 3), [0], [1], [0])
    case((2, 3), [0, 0], [1], [1])
    case((2, 3), [1], [0], [-1], shrink_axis_mask=1)
    case((), [], [], [])
    case((), [0], [0], [1], new_axis_mask=1)
    case((0, 3), [0, 1], [4, 2], [1, 1])
    case((0, 3), [0], [1], [1], shrink_axis_mask=1)
    case((2, 3, 4, 5), [0, 1], [0, 3], [1, 1], ellipsis_mask=1, begin_mask=2)
    case((5,), [-2 ** 63], [2 ** 63 - 1], [2 ** 62], index=np.int64)
    case((5,), [2 ** 63 - 1], [-2 ** 63], [-2 ** 63], index=np.int64)


def concats(g):
    for dtype in ALL:
        parts = [g.values(dtype, (2, 3)), g.values(dtype, (2, 1)), g.values(dtype, (2, 0))]
        g.case("ConcatV2", values=parts, axis=np.int32(1))
        g.case("Concat", values=parts, concat_dim=np.int32(1))
        g.case("Pack", values=[g.values(dtype, (2,)), g.values(dtype, (2,), seed=1)], axis=1)
    f = np.float32
    for index in INDEX:
        for axis in range(-4, 4):
            values = [g.values(f, (2, 3, 2)), g.values(f, (2, 3, 2), seed=1)]
            g.case("ConcatV2", values=values, axis=np.array(axis, index))
        g.case("ConcatV2", values=[g.values(f, (2,)), g.values(f, (3,))], axis=np.array([0], index))
        g.case("ConcatV2", values=[g.values(f, (2,)), g.values(f, (3,))], axis=np.array([0, 0], index))
    for shapes, axis in [
        ([(2, 3), (3, 3)], 0), ([(2, 3), (3, 3)], 1), ([(2, 3), (3,)], 0), ([(), ()], 0), ([(0,), (2,)], 0), ([(0,), (2, 2)], 0),
        ([(0, 3), (2, 3)], 0), ([(0, 3), (0, 3)], 1), ([(2, 3), (2, 3), (2, 3)], -1), ([(1, 2), (1, 2)], 2), ([(2, 3), (0,)], 0),
    ]:
        g.case("ConcatV2", values=[g.values(f, s, seed=i) for i, s in enumerate(shapes)], axis=np.int32(axis))
        g.case("Concat", values=[g.values(f, s, seed=i) for i, s in enumerate(shapes)], concat_dim=np.int32(axis))
    g.case("Concat", values=[g.values(f, (2,)), g.values(f, (3,))], concat_dim=np.array([0, 0], np.int32))
    for shape in [(), (2,), (2, 0), (2, 3)]:
        for axis in range(-4, 4):
            g.case("Pack", values=[g.values(f, shape), g.values(f, shape, seed=1), g.values(f, shape, seed=2)], axis=axis)
        g.case("Pack", values=[g.values(f, shape)], axis=0)
    g.case("Pack", values=[g.values(f, (2,)), g.values(f, (3,))], axis=0)
    g.case("Pack", values=[g.values(f, (2,)), g.values(f, ())], axis=0)


def splits(g):
    f = np.float32
    for dtype in ALL:
        g.case("Split", axis=np.int32(1), value=g.values(dtype, (2, 4)), num_split=2)
        g.case("SplitV", value=g.values(dtype, (2, 4)), size_splits=np.array([1, 3], np.int32), axis=np.int32(1), num_split=2)
        g.case("Unpack", value=g.values(dtype, (2, 3)), num=3, axis=1)
    for shape, axis, count in [
        ((6,), 0, 3), ((6,), 0, 1), ((6,), -1, 2), ((2, 6, 2), 1, 3), ((2, 0), 1, 3), ((0, 4), 1, 2), ((6,), 0, 4), ((6,), 1, 2),
        ((6,), -2, 2), ((), 0, 1), ((2, 6), 0, 2),
    ]:
        g.case("Split", axis=np.int32(axis), value=g.values(f, shape), num_split=count)
    g.case("Split", axis=np.array([0, 1], np.int32), value=g.values(f, (4,)), num_split=2)
    for index in INDEX:
        for shape, axis, sizes in [
            ((6,), 0, [1, 2, 3]), ((6,), 0, [6]), ((6,), -1, [-1, 2]), ((2, 6, 2), 1, [4, 0, -1]), ((0, 4), 1, [1, 3]),
            ((6,), 0, [1, 2]), ((6,), 0, [5, 2]), ((6,), 0, [-1, -1]), ((6,), 0, [-2, 8]), ((6,), 1, [3, 3]), ((), 0, [1]),
            ((6,), 0, [-1, 7]), ((6,), 0, [6, -1]), ((3, 2), 0, [1, 1, 1]),
        ]:
            g.case("SplitV", value=g.values(f, shape), size_splits=np.array(sizes, index), axis=np.int32(axis),
                   num_split=len(sizes))
    g.case("SplitV", value=g.values(f, (4,)), size_splits=np.array([4], np.int32), axis=np.int32(0), num_split=2)
    for shape, axis, count in [
        ((3,), 0, 3), ((3,), -1, 3), ((2, 3, 2), 1, 3), ((2, 3, 2), -3, 2), ((0, 2), 0, 0), ((2, 0), 0, 2), ((1, 3), 0, 1),
        ((3,), 0, 2), ((3,), 1, 3), ((3,), -2, 3), ((), 0, 1),
    ]:
        g.case("Unpack", value=g.values(f, shape), num=count, axis=axis)
