"""Pooling, normalisation, activation functions."""
import numpy as np

from goldens.recorder import BF16, FLOATS, INTS

LOW = {np.float16: 4e-3, BF16: 2e-2}
SPECIAL = np.array([np.nan, np.inf, -np.inf, -0.0, 0.0, -100, 100, 6, 6.5, 1e-8, -1e-8, 20, -20, 13.9, -13.95, 88.8, -104], np.float32)


def cases(g):
    for dtype in FLOATS + INTS:
        for op in ("Relu", "Relu6"):
            g.case(op, features=g.values(dtype, (2, 9), -9, 9))
    for dtype in FLOATS:
        tolerance = LOW.get(dtype)
        for op in ("Elu", "Selu", "Softplus", "Softsign", "LeakyRelu"):
            g.case(op, features=g.values(dtype, (3, 7), -9, 9), tolerance=tolerance)
            g.case(op, features=SPECIAL.astype(dtype), tolerance=tolerance)
        g.case("LeakyRelu", features=g.values(dtype, (5,)), alpha=0.75, tolerance=tolerance)
        for op in ("Softmax", "LogSoftmax"):
            for shape in [(2, 5), (3, 1), (7,), (2, 3, 17), (1, 33)]:
                g.case(op, logits=g.values(dtype, shape, -12, 12), tolerance=tolerance)
    for op in ("Relu", "Relu6"):
        g.case(op, features=SPECIAL)
        g.case(op, features=np.float32(-2))
    for op in ("Softmax", "LogSoftmax"):
        for shape in [(), (0,), (0, 3), (3, 0), (2, 0, 3)]:
            g.case(op, logits=g.values(np.float32, shape))
        special = np.array([[np.inf, 1], [-np.inf, -np.inf], [-np.inf, 2], [np.nan, 1], [1000, -1000], [-3e38, 3e38]], np.float32)
        g.case(op, logits=special)
        g.case(op, logits=np.tile(special, (1, 5)), tolerance=1e-4)
    pooling(g)
    normalisation(g)
    for dtype in (np.float32, np.float16, BF16):
        g.case("LRN", input=g.values(dtype, (1, 2, 2, 7)), tolerance=LOW.get(dtype))
    g.case("LRN", input=g.values(np.float32, (2, 1, 2, 3)), depth_radius=1, bias=2.0, alpha=0.5, beta=0.75)
    g.case("LRN", input=g.values(np.float32, (2, 2)))
    g.case("LRN", input=g.values(np.float32, (0, 2, 1, 3)))
    for index in (np.int32, np.int64):
        predictions = np.array([[1, 2, 3, 3], [4, 3, 2, 1], [np.inf, 0, 1, 2], [0, 1, np.nan, 3], [5, 5, 5, 5]], np.float32)
        targets = np.array([2, 3, 1, 0, 1], index)
        for k in (0, 1, 2, 4, 9):
            g.case("InTopKV2", predictions=predictions, targets=targets, k=index(k))
            g.case("InTopK", predictions=predictions, targets=targets, k=k)
        g.case("InTopK", predictions=predictions[:2], targets=np.array([-1, 4], index), k=2)
    for predictions, targets, k in [((6,), (2,), ()), ((2, 3), (1, 2), ()), ((2, 3), (1,), ()), ((2, 3), (2,), (1,)), ((0, 3), (0,), ())]:
        g.case("InTopKV2", predictions=g.values(np.float32, predictions), targets=g.values(np.int32, targets),
               k=np.ones(k, np.int32))


def pooling(g):
    def pool(op, dtype, shape, window, strides, padding, **more):
        name = "value" if op == "AvgPool" else "input"
        g.case(op, ksize=[1, *window, 1], strides=[1, *strides, 1], padding=padding, tolerance=LOW.get(dtype),
               **{name: g.values(dtype, shape)}, **more)

    for dtype in FLOATS + INTS:
        for op in ("MaxPool", "AvgPool"):
            for padding in ("SAME", "VALID"):
                pool(op, dtype, (2, 5, 4, 3), (2, 3), (2, 1), padding)
        for op in ("MaxPool3D", "AvgPool3D"):
            pool(op, dtype, (1, 3, 4, 3, 2), (2, 2, 2), (1, 2, 2), "SAME")
    for op in ("MaxPool", "AvgPool"):
        for shape, window, strides in [
            ((1, 1, 1, 1), (1, 1), (1, 1)), ((1, 3, 3, 1), (20, 20), (2, 2)), ((0, 4, 4, 2), (2, 2), (2, 2)), ((1, 0, 2, 4), (2, 2), (2, 2)),
            ((2, 7, 7, 17), (3, 3), (2, 2)), ((1, 6, 6, 1), (1, 3), (3, 1)), ((1, 2, 2, 1), (3, 3), (1, 1)), ((2, 3), (2, 2), (2, 2)),
            ((1, 5, 5, 1), (2, 2), (4, 4)), ((1, 2, 2, 1), (5, 5), (1, 1)),
        ]:
            for padding in ("SAME", "VALID"):
                pool(op, np.float32, shape, window, strides, padding)
        name = "value" if op == "AvgPool" else "input"
        x = {name: g.values(np.float32, (2, 2, 2, 4))}
        g.case(op, ksize=[1, 1, 1, 2], strides=[1, 1, 1, 2], padding="VALID", **x)
        g.case(op, ksize=[1, 2, 1, 2], strides=[1, 1, 1, 2], padding="VALID", **x)
        g.case(op, ksize=[2, 1, 1, 1], strides=[2, 1, 1, 1], padding="VALID", **x)
    x = g.values(np.float32, (2, 3, 5, 4))
    g.case("MaxPool", input=x, ksize=[1, 1, 1, 2], strides=[1, 1, 1, 2], padding="SAME")
    g.case("MaxPool", input=x, ksize=[1, 2, 2, 1], strides=[1, 2, 2, 1], padding="EXPLICIT", explicit_paddings=[0, 0, 1, 1, 1, 0, 0, 0])
    g.case("MaxPool", input=x, ksize=[1, 3, 2, 1], strides=[1, 1, 2, 1], padding="EXPLICIT", explicit_paddings=[0, 0, 2, 1, 1, 1, 0, 0])
    four = lambda *v: np.array(v, np.int32)
    for dtype in (np.float32, np.int32):
        g.case("MaxPoolV2", input=g.values(dtype, (1, 4, 4, 2)), ksize=four(1, 2, 2, 1), strides=four(1, 2, 2, 1), padding="SAME")
    for window, strides in [((1, 2, 2), (1, 2, 2, 1)), ((1, 2, 2, 1), (1, 0, 2, 1)), ((1, 2, 2, 1), (1, 2, 2))]:
        g.case("MaxPoolV2", input=x, ksize=four(*window), strides=four(*strides), padding="SAME")
    for op in ("MaxPool3D", "AvgPool3D"):
        for shape, window, strides in [((1, 2, 2, 2, 1), (2, 2, 2), (2, 2, 2)), ((2, 3, 4, 5, 3), (3, 1, 2), (2, 2, 1)), ((1, 2, 2, 2, 1), (3, 2, 2), (2, 2, 2))]:
            for padding in ("SAME", "VALID"):
                pool(op, np.float32, shape, window, strides, padding)
    pool("MaxPool3D", np.float32, (1, 2, 2, 2), (2, 2, 2), (2, 2, 2), "SAME")


def normalisation(g):
    def norm(op, shape, dtype=np.float32, channels=None, **more):
        c = channels or [shape[-1]] * 4
        g.case(op, x=g.values(dtype, shape), scale=g.values(np.float32, (c[0],), 0.5, 2), offset=g.values(np.float32, (c[1],)),
               mean=g.values(np.float32, (c[2],)), variance=g.values(np.float32, (c[3],), 0.5, 3), tolerance=LOW.get(dtype, 1e-4), **more)

    for op in ("FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3"):
        for dtype in (np.float32, np.float16, BF16):
            norm(op, (2, 3, 2, 5), dtype, is_training=False)
            norm(op, (2, 3, 2, 5), dtype, is_training=False, epsilon=0.01)
        norm(op, (0, 3, 2, 4), is_training=False)
        norm(op, (2, 3, 2, 5), channels=[5, 5, 0, 0], is_training=True)
        norm(op, (2, 3), is_training=False)
    norm("FusedBatchNormV3", (2, 3, 2, 4), exponential_avg_factor=0.25)
    norm("FusedBatchNormV3", (1, 1, 1, 4), channels=[4, 4, 0, 0])
    norm("FusedBatchNormV3", (2, 3, 2, 2, 3), is_training=False, data_format="NDHWC")
    norm("FusedBatchNormV3", (2, 4, 2, 3), channels=[4] * 4, is_training=False, data_format="NCHW")
    norm("FusedBatchNormV3", (2, 4, 2, 3, 2), channels=[4] * 4, is_training=False, data_format="NCDHW")
    for index in range(4):
        channels = [2] * 4
        channels[index] = 3
        norm("FusedBatchNormV3", (1, 2, 2, 2), channels=channels, is_training=False)
