"""Matrix products and bias additions."""
import numpy as np

from goldens.recorder import BF16, COMPLEX, FLOATS, NUMBERS

LOW = {np.float16: 4e-3, BF16: 2e-2}


def cases(g):
    for dtype in NUMBERS:
        kinds = dict(tolerance=LOW.get(dtype))
        for ta in (False, True):
            for tb in (False, True):
                for m, k, n in [(2, 3, 4), (1, 3, 4), (3, 5, 1), (1, 1, 1)]:
                    a = g.values(dtype, (k, m) if ta else (m, k))
                    b = g.values(dtype, (n, k) if tb else (k, n))
                    g.case("MatMul", a=a, b=b, transpose_a=ta, transpose_b=tb, **kinds)
                for op in ("BatchMatMul", "BatchMatMulV2"):
                    a = g.values(dtype, (2, 4, 3) if ta else (2, 3, 4))
                    b = g.values(dtype, (2, 2, 4) if tb else (2, 4, 2))
                    g.case(op, x=a, y=b, adj_x=ta, adj_y=tb, **kinds)
        g.case("BatchMatMulV3", x=g.values(dtype, (2, 3)), y=g.values(dtype, (3, 2)), Tout=dtype, **kinds)
        g.case("BiasAdd", value=g.values(dtype, (2, 3)), bias=g.values(dtype, (3,)))
        g.case("BiasAddV1", value=g.values(dtype, (2, 3)), bias=g.values(dtype, (3,)))
    for m, k, n in [(0, 3, 2), (2, 0, 3), (2, 3, 0), (0, 0, 0), (17, 33, 9), (1, 40, 50), (50, 40, 1), (33, 7, 65)]:
        for dtype in (np.float32, np.int32, np.float16):
            g.case("MatMul", a=g.values(dtype, (m, k)), b=g.values(dtype, (k, n)), tolerance=LOW.get(dtype, 1e-4))
    for x, y in [
        ((3, 4), (4, 2)), ((1, 3, 4), (5, 4, 2)), ((2, 1, 3, 4), (3, 4, 2)), ((3, 4), (2, 4, 2)), ((2, 2, 3, 4), (2, 1, 4, 2)),
        ((0, 3, 4), (0, 4, 2)), ((0, 3, 4), (1, 4, 2)), ((2, 0, 4), (2, 4, 2)), ((2, 3, 0), (2, 0, 2)), ((1, 1, 1), (1, 1, 1)),
        ((2, 1, 3, 1, 2, 2), (1, 2, 1, 3, 2, 2)), ((2, 1, 4), (2, 4, 3)), ((2, 3, 4), (2, 4, 1)),
    ]:
        g.case("BatchMatMulV2", x=g.values(np.float32, x), y=g.values(np.float32, y))
        g.case("BatchMatMul", x=g.values(np.float32, x), y=g.values(np.float32, y))
    for a, b in [((1, 3), (4, 2)), ((3,), (3, 2)), ((2, 3), (3,)), ((1, 2, 3), (3, 2)), ((), ())]:
        g.case("MatMul", a=g.values(np.float32, a), b=g.values(np.float32, b))
    g.case("MatMul", a=g.values(np.float32, (2, 3)), b=g.values(np.float32, (3, 2)), transpose_a=True)
    for a, b in [((2, 2, 3), (2, 4, 2)), ((2, 2, 3), (3, 3, 2)), ((3,), (3, 2)), ((3, 2), (2,)), ((2, 3), (1, 3, 2)), ((3,), (3,))]:
        for op in ("BatchMatMul", "BatchMatMulV2", "BatchMatMulV3"):
            extra = dict(Tout=np.float32) if op == "BatchMatMulV3" else {}
            g.case(op, x=g.values(np.float32, a), y=g.values(np.float32, b), **extra)
    for shape in [(2, 3), (2, 3, 4), (2, 3, 2, 2), (1, 3, 2, 1, 2), (0, 3), (2, 3, 0), (3,), (), (1, 2, 1, 2, 1, 3)]:
        for bias in [(3,), (4,), (2,), (0,), (1, 3), ()]:
            for layout in ("NHWC", "NCHW"):
                g.case("BiasAdd", value=g.values(np.float32, shape), bias=g.values(np.float32, bias), data_format=layout)
            g.case("BiasAddV1", value=g.values(np.float32, shape), bias=g.values(np.float32, bias))
