"""Strings: joining, measuring, cutting, letter case, numbers as texts."""
import numpy as np

from goldens.recorder import BF16, COMPLEX, FLOATS, INTS


def text(*values):
    return np.array([v.encode() if isinstance(v, str) else v for v in values], object)


def cases(g):
    scalar = np.array(b"x", object)
    for separator in ("", "-", ", "):
        for inputs in [
            [text("a", "b"), scalar, text("1", "2")], [scalar], [scalar, scalar], [text("a", "b"), text("", "c")],
            [text("a", "b"), text("1")], [text("a", "b"), text("1", "2").reshape(1, 2)], [text(), scalar], [text(b"\x00\xff", "ü"), scalar],
            [text("a", "b", "c", "d").reshape(2, 2), scalar, text("1", "2", "3", "4").reshape(2, 2)],
        ]:
            g.case("StringJoin", inputs=inputs, separator=separator)
    words = text("hello", "", "hé😀lo", "two words")
    for unit in ("BYTE", "UTF8_CHAR"):
        for shape in [(4,), (2, 2)]:
            g.case("StringLength", input=words.reshape(shape), unit=unit)
        g.case("StringLength", input=np.array("é".encode(), object), unit=unit)
        for index in (np.int32, np.int64):
            for values, position, length in [
                (text("hello", "world!"), 1, 3), (text("hello", "wor"), 4, 3), (text("hello", "world!"), -3, 2), (text("hello", "world!"), [1, 2], [3, 1]),
                (text("hi"), -3, 1), (text("hi"), 0, 9), (text("hi"), 0, -1), (text("hi"), [0, 1], [1, 1]), (text("hi"), [0, 1], 1), (text("hi"), 2, 1),
                (text("hello", "world!", "abcde", "fghij").reshape(2, 2), [1, 2], [3, 1]), (text("hé😀lo"), 1, 2), (text("hé😀lo"), -4, 2),
                (text("ab", "cd").reshape(2, 1), [0, 1], [1, 1]), (text(), 0, 1), (text("a"), [[0]], [[1]]), (np.array(b"abc", object), 1, 1),
            ]:
                g.case("Substr", input=values, pos=np.array(position, index), len=np.array(length, index), unit=unit)
    letters = text("Hello WORLD", "", "HÉẞ", "ßǆ", b"\xffA", "İI")
    for op in ("StringLower", "StringUpper"):
        for encoding in ("", "utf-8"):
            g.case(op, input=letters, encoding=encoding)
    numbers = np.array([0, -1.5, 3.14159265, 1e10, -1e-7, 123456789, np.inf, np.nan], np.float64)
    for dtype in FLOATS:
        for more in ({}, {"precision": 2}, {"scientific": True}, {"shortest": True}, {"width": 12}, {"width": 12, "fill": "0"},
                     {"width": 12, "fill": "-", "precision": 1}, {"width": 9, "fill": "+", "shortest": True, "precision": 3}):
            g.case("AsString", input=numbers.astype(dtype), **more)
    for dtype in INTS:
        for more in ({}, {"width": 5}, {"width": 5, "fill": "0"}, {"width": 5, "fill": "-"}, {"width": 3, "fill": "+"}):
            g.case("AsString", input=g.values(dtype, (2, 3), -9, 120), **more)
    for dtype in COMPLEX:
        g.case("AsString", input=g.values(dtype, (3,)))
        g.case("AsString", input=g.values(dtype, (3,)), precision=1, scientific=True)
    g.case("AsString", input=np.array([True, False]))
    g.case("AsString", input=np.array([True, False]), width=7)
    g.case("AsString", input=text("a", "bc"))
    g.case("AsString", input=text("a", "bc"), width=4)
    g.case("AsString", input=np.int32(7), precision=2)
    g.case("AsString", input=np.int32(7), scientific=True)
    g.case("AsString", input=np.float32(7), scientific=True, shortest=True)
    g.case("AsString", input=np.float32(7), width=3, fill="ab")
    g.case("AsString", input=np.float32(7), width=3, fill="x")
    # Assertions that fail
    def refuse(*data, summarize=3, condition=np.array(False)):
        g.case("Assert", condition=condition, data=[np.asarray(d) for d in data], summarize=summarize)
    grid = lambda *s: np.arange(int(np.prod(s)), dtype=np.float32).reshape(s)
    refuse(text("msg: "), grid(2, 3), np.int32([1, 2, 3, 4, 5]))
    refuse(np.array([True, False]), text("a", "b c"), np.float32(1.5), np.float64(1e-10), np.float32([1e20, np.nan, np.inf]), np.zeros((0, 2), np.float32))
    for summarize in (-1, 0, 1, 4, 5, 7, 10):
        refuse(grid(2, 2, 2), grid(3, 4), np.int64(3), summarize=summarize)
    refuse(np.float16([1.1, 2]), BF16([1.5]) if False else np.asarray([1.1], BF16), np.int8([1]), np.uint8([200]), np.float64([0.1, 1 / 3]), np.float32([0.1, 1 / 3]), summarize=9)
    refuse(grid(1), condition=np.array([True]))
    refuse(grid(1), condition=np.array(True))
