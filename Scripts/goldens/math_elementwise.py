"""Element-wise ops with one or two inputs."""
import numpy as np

from goldens.recorder import BF16, COMPLEX, FLOATS, INTS, NUMBERS

UNARY = {
    "Abs": (-4, 4), "Acos": (-1, 1), "Acosh": (1, 5), "Asin": (-1, 1), "Asinh": (-5, 5), "Atan": (-5, 5), "Atanh": (-0.9, 0.9),
    "Ceil": (-4, 4), "Cos": (-5, 5), "Cosh": (-3, 3), "Erf": (-3, 3), "Erfc": (-3, 3), "Exp": (-5, 5), "Expm1": (-2, 2),
    "Floor": (-4, 4), "Inv": (1, 5), "Invert": (-9, 9), "Lgamma": (-3, 5), "Log": (0.1, 9), "Log1p": (-0.9, 5), "Neg": (-4, 4),
    "Reciprocal": (1, 5), "Rint": (-4, 4), "Round": (-4, 4), "Rsqrt": (0.1, 9), "Sigmoid": (-9, 9), "Sign": (-2, 2),
    "Sin": (-5, 5), "Sinh": (-3, 3), "Sqrt": (0, 9), "Square": (-4, 4), "Tan": (-1.4, 1.4), "Tanh": (-4, 4),
}
BINARY = ["AddV2", "Atan2", "BitwiseAnd", "BitwiseOr", "BitwiseXor", "Div", "DivNoNan", "FloorDiv", "FloorMod", "LeftShift",
          "Maximum", "Minimum", "Mod", "Mul", "MulNoNan", "Pow", "RealDiv", "RightShift", "SquaredDifference", "Sub",
          "TruncateDiv", "TruncateMod", "Xdivy", "Xlog1py", "Xlogy"]
SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, 1.5, 2.5, -0.5, -1.5, 1e-6, -1e-6, 30.0, -30.0, 200.0, -200.0, np.nan, np.inf, -np.inf]


def cases(g):
    unary(g)
    binary(g)


def unary(g):
    for op, (low, high) in UNARY.items():
        for dtype in NUMBERS:
            if op == "Round" and dtype in INTS:
                continue  # TensorFlow answers zeros
            shape = (4,) if dtype in INTS or dtype in COMPLEX else (7,)
            loose = 1e-4 if dtype is np.complex64 else 1e-9 if dtype is np.complex128 else None
            g.case(op, tolerance=loose, x=g.values(dtype, shape, low, high))
        special = SPECIAL
        if op in ("Sin", "Cos", "Tan"):
            special = [v for v in SPECIAL if abs(v) < 40 or np.isnan(v)]
        for dtype in FLOATS:
            if op == "Erf" and dtype is np.float64:
                continue  # TensorFlow answers NaN for infinity
            g.case(op, x=np.array(special).astype(dtype))
        for dtype in (np.float32, np.int32):
            if op == "Round" and dtype is np.int32:
                continue
            for shape in [(), (0,), (2, 0), (2, 1, 2)]:
                g.case(op, x=g.values(dtype, shape, low, high))
    for dtype in (np.int8, np.int64):
        edge = np.array([np.iinfo(dtype).min, np.iinfo(dtype).max], dtype)
        for op in ("Abs", "Neg", "Sign", "Square", "Invert"):
            g.case(op, x=edge)


def binary(g):
    for op in BINARY:
        for dtype in NUMBERS:
            low, high = (0, 3) if op == "Pow" and dtype in INTS else (-4, 4)
            y = g.values(dtype, (6,), low, high, seed=1)
            if dtype in INTS and op in ("Div", "FloorDiv", "FloorMod", "Mod", "TruncateDiv", "TruncateMod"):
                y = np.where(y == 0, np.array(3, dtype), y)
            x = g.values(dtype, (6,), -9, 9)
            if op == "Pow" and dtype not in INTS:
                x = g.values(dtype, (6,), 0.25, 4)
            loose = 1e-4 if dtype is np.complex64 else 1e-9 if dtype is np.complex128 else None
            if dtype is BF16 and op in ("FloorDiv", "TruncateDiv", "SquaredDifference"):
                loose = 0.03  # TensorFlow rounds on the way
            g.case(op, tolerance=loose, x=x, y=y)
        pairs = [(a, b) for a in (0.0, -0.0, 1.0, -2.5, np.nan, np.inf, -np.inf) for b in (0.0, 1.0, -2.0, np.nan, np.inf, -np.inf)]
        for dtype in (np.float32, BF16):
            g.case(op, x=np.array([a for a, _ in pairs]).astype(dtype), y=np.array([b for _, b in pairs]).astype(dtype))
        for dtype in (np.int32, np.int64, np.uint8):
            x = g.values(dtype, (3,), 1, 9)
            g.case(op, x=x, y=np.array([1, 0, 2], dtype))
            if np.dtype(dtype).kind == "i":
                g.case(op, x=x, y=np.array([1, -1, 2], dtype))
                g.case(op, x=np.array([np.iinfo(dtype).max, -7, 7], dtype), y=np.array([5, 3, -3], dtype))
    for op in ("LeftShift", "RightShift"):
        for dtype in INTS:
            g.case(op, x=np.array([1, 100, 7], dtype), y=np.array([3, 70, 127], dtype))
    f = np.float32
    shapes = [((), ()), ((), (3,)), ((3,), ()), ((2, 3), (3,)), ((3,), (2, 3)), ((2, 3), (2, 1)), ((2, 1), (1, 3)), ((1,), (0,)),
              ((0, 3), (3,)), ((2, 0), (1, 1)), ((2, 1, 3), (4, 1)), ((2, 3, 2), (3, 1)), ((2, 1, 2, 1), (1, 3, 1, 2)),
              ((1, 1, 3), (2, 2, 1)), ((2, 1, 2, 1, 2), (2, 1, 2, 1)),
              ((2, 3), (2,)), ((2,), (3,)), ((0,), (2,)), ((2, 3, 4), (2, 1, 3)), ((3, 1, 1), (2, 4))]
    for a, b in shapes:
        for op in ("AddV2", "Sub", "Maximum"):
            g.case(op, x=g.values(f, a), y=g.values(f, b, seed=1))
        g.case("Mul", x=g.values(np.int16, a), y=g.values(np.int16, b, seed=1))
    g.case("FloorDiv", x=g.values(np.int32, (0,)), y=np.int32(0))
