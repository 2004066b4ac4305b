#!/usr/bin/env python3
"""Records what Pillow and Keras make of pictures into Tests/Fixtures/Pictures/.

    python3 Scripts/record-picture-goldens.py

* files/…          pictures of all kinds that PNG and JPEG know;
* conversions.txt  what `Image.convert` makes of each of them: file, L or RGB, width, height, bytes;
* sizes.txt        what `Image.convert(...).resize` makes of some: file, L or RGB, method, width, height, bytes;
* keras.txt        what `preprocess_input` makes of the values from 0 to 255: mode, and 256 numbers for each channel of its
                   result, as the bits of a float.

Needs pillow, numpy and keras from PyPI.
"""

import io
import os
import struct
import zlib

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from PIL import Image

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TARGET = os.path.join(ROOT, "Tests", "Fixtures", "Pictures")
WIDTH, HEIGHT = 37, 23


def pixels(channels, seed):
    """A soft picture with some noise in it: [height, width, channels] between 0 and 1."""
    generator = np.random.default_rng(seed)
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH] / 8.0
    planes = [np.sin(x * (1 + c) + y) * np.cos(y * (2 - c / 3)) * 0.4 + 0.5 for c in range(channels)]
    noise = generator.normal(0, 0.05, (HEIGHT, WIDTH, channels))
    return np.clip(np.stack(planes, -1) + noise, 0, 1)


def chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def packed_rows(samples, depth):
    """The rows of [height, width, channels] integers as PNG stores them, each with filter 0."""
    rows = []
    for row in samples.reshape(samples.shape[0], -1):
        if depth == 16:
            content = row.astype(">u2").tobytes()
        elif depth == 8:
            content = row.astype(np.uint8).tobytes()
        else:
            bits = "".join(format(int(value), f"0{depth}b") for value in row)
            bits += "0" * (-len(bits) % 8)
            content = int(bits, 2).to_bytes(len(bits) // 8, "big")
        rows.append(b"\0" + content)
    return b"".join(rows)


def png(samples, depth, color, extra=(), interlaced=False):
    """A PNG file with the given samples; written here because Pillow cannot write all kinds."""
    height, width = samples.shape[:2]
    if interlaced:
        passes = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]
        parts = [samples[y::down, x::across] for y, x, down, across in passes]
        content = b"".join(packed_rows(part, depth) for part in parts if part.size)
    else:
        content = packed_rows(samples, depth)
    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, int(interlaced))
    chunks = [chunk(b"IHDR", header), *(chunk(*pair) for pair in extra), chunk(b"IDAT", zlib.compress(content))]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks) + chunk(b"IEND", b"")


def saved(image, kind, **options):
    target = io.BytesIO()
    image.save(target, kind, **options)
    return target.getvalue()


def png_files():
    def samples(channels, depth, seed):
        return np.round(pixels(channels, seed) * (2**depth - 1)).astype(np.int64)

    for depth in (1, 2, 4, 8):
        yield f"grey{depth}.png", png(samples(1, depth, depth), depth, 0)
    wide = samples(1, 16, 16) // 100
    yield "grey16.png", png(wide, 16, 0)
    yield "grey8_transparent.png", png(samples(1, 8, 5), 8, 0, [(b"tRNS", b"\0\x80")])
    yield "grey8_interlaced.png", png(samples(1, 8, 6), 8, 0, interlaced=True)
    for depth in (8, 16):
        yield f"rgb{depth}.png", png(samples(3, depth, depth + 1), depth, 2)
        yield f"grey_alpha{depth}.png", png(samples(2, depth, depth + 2), depth, 4)
        yield f"rgba{depth}.png", png(samples(4, depth, depth + 3), depth, 6)
    yield "rgb8_transparent.png", png(samples(3, 8, 7), 8, 2, [(b"tRNS", b"\0\x80\0\x80\0\x80")])
    yield "rgb8_interlaced.png", png(samples(3, 8, 9), 8, 2, interlaced=True)
    palette = np.random.default_rng(1).integers(0, 256, (256, 3)).astype(np.uint8)
    for depth in (1, 2, 4, 8):
        colors = palette[: 2**depth].tobytes()
        yield f"palette{depth}.png", png(samples(1, depth, 20 + depth), depth, 3, [(b"PLTE", colors)])
    transparent = [(b"PLTE", palette.tobytes()), (b"tRNS", bytes(range(0, 256, 2)))]
    yield "palette8_transparent.png", png(samples(1, 8, 30), 8, 3, transparent)
    short = [(b"PLTE", palette[:200].tobytes())]
    yield "palette8_short.png", png(samples(1, 8, 31), 8, 3, short)
    yield "palette4_interlaced.png", png(samples(1, 4, 32), 4, 3, [(b"PLTE", palette[:16].tobytes())], interlaced=True)
    gamma = [(b"gAMA", struct.pack(">I", 45455)), (b"sRGB", b"\0"), (b"pHYs", struct.pack(">IIB", 100, 200, 1))]
    yield "rgb8_gamma.png", png(samples(3, 8, 33), 8, 2, gamma)


def jpeg_files():
    def image(mode, channels, seed):
        values = np.round(pixels(channels, seed) * 255).astype(np.uint8)
        return Image.fromarray(values[..., 0] if channels == 1 else values, mode)

    colors = image("RGB", 3, 40)
    yield "grey.jpg", saved(image("L", 1, 41), "JPEG", quality=80)
    for name, subsampling in (("444", 0), ("422", 1), ("420", 2)):
        yield f"rgb{name}.jpg", saved(colors, "JPEG", quality=75, subsampling=subsampling)
    yield "rgb_progressive.jpg", saved(colors, "JPEG", quality=85, progressive=True)
    yield "rgb_kept.jpg", saved(colors, "JPEG", quality=85, keep_rgb=True)
    yield "rgb_low.jpg", saved(colors, "JPEG", quality=5)
    yield "inks.jpg", saved(image("CMYK", 4, 42), "JPEG", quality=85)
    yield "inks_progressive.jpg", saved(image("CMYK", 4, 43), "JPEG", quality=50, progressive=True)
    exif = Image.Exif()
    exif[0x0112] = 6
    yield "rgb_turned.jpg", saved(colors, "JPEG", quality=75, exif=exif)


def record_conversions(files):
    with open(os.path.join(TARGET, "conversions.txt"), "w") as rows:
        for name, content in files.items():
            for mode in ("L", "RGB"):
                image = Image.open(io.BytesIO(content)).convert(mode)
                print(name, mode, *image.size, image.tobytes().hex(), sep="\t", file=rows)


def record_sizes(files):
    methods = ("NEAREST", "BILINEAR", "BICUBIC", "BOX", "HAMMING", "LANCZOS")
    sizes = [(16, 16), (WIDTH, 7), (5, HEIGHT), (41, 30), (3, 50), (1, 1), (WIDTH, HEIGHT), (36, 22), (100, 3), (30, 9), (30, 8), (38, 22)]
    cases = [("rgb8.png", "RGB"), ("grey8.png", "L"), ("rgb420.jpg", "RGB"), ("grey1.png", "L")]
    with open(os.path.join(TARGET, "sizes.txt"), "w") as rows:
        for name, mode in cases:
            image = Image.open(io.BytesIO(files[name])).convert(mode)
            for method in methods:
                for size in sizes:
                    scaled = image.resize(size, getattr(Image.Resampling, method))
                    print(name, mode, method.lower(), *size, scaled.tobytes().hex(), sep="\t", file=rows)


def record_keras():
    from keras.src.applications import imagenet_utils

    ramp = np.repeat(np.arange(256, dtype=np.float32)[None, :, None], 3, -1)
    with open(os.path.join(TARGET, "keras.txt"), "w") as rows:
        for mode in ("caffe", "tf", "torch"):
            result = imagenet_utils.preprocess_input(ramp.copy(), mode=mode, data_format="channels_last")
            for channel in range(3):
                bits = result[0, :, channel].astype(">f4").tobytes().hex()
                print(mode, channel, bits, sep="\t", file=rows)


def main():
    os.makedirs(os.path.join(TARGET, "files"), exist_ok=True)
    files = dict([*png_files(), *jpeg_files()])
    for name, content in files.items():
        with open(os.path.join(TARGET, "files", name), "wb") as file:
            file.write(content)
    record_conversions(files)
    record_sizes(files)
    record_keras()


main()
