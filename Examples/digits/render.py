"""Renders digits from the fonts of this machine: white on black, 28x28, one grey byte a pixel, as the client sends them.

No data set is downloaded: every picture is a font's glyph, shifted, turned, scaled, blurred and covered with noise by a
seeded generator, so the same seed on the same fonts gives the same pictures.
"""

import glob
import os

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

SIDE = 28  # pixels of a finished picture
FINE = 4  # pictures are drawn this many times larger and shrunk at the end
FONT_FOLDER = "/usr/share/fonts"


def fonts(folder=FONT_FOLDER):
    """The outline fonts below `folder` that hold all ten digits, in the order of their paths."""
    found = sorted(glob.glob(os.path.join(folder, "**", "*.[to]tf"), recursive=True))
    usable = [path for path in found if _has_digits(path)]
    if not usable:
        raise SystemExit(f"no font with digits below {folder}; on Debian: apt-get install fonts-dejavu")
    return usable


def digit(generator, path, number):
    """One picture of `number` in the font at `path`: uint8 [28, 28]."""
    side = SIDE * FINE
    font = ImageFont.truetype(path, int(generator.uniform(0.62, 0.95) * side))
    picture = Image.new("L", (side, side), 0)
    draw = ImageDraw.Draw(picture)
    left, top, right, bottom = draw.textbbox((0, 0), str(number), font=font)
    across, down = generator.uniform(-0.10, 0.10, 2) * side
    place = ((side - right - left) / 2 + across, (side - bottom - top) / 2 + down)
    draw.text(place, str(number), fill=255, font=font)
    picture = picture.rotate(generator.uniform(-18, 18), resample=Image.Resampling.BILINEAR)
    slant, width = generator.uniform(-0.20, 0.20), generator.uniform(0.85, 1.20)
    picture = picture.transform(
        picture.size,
        Image.Transform.AFFINE,
        (width, slant, side * (1 - width - slant) / 2, 0, 1, 0),
        resample=Image.Resampling.BILINEAR,
    )
    picture = picture.filter(ImageFilter.GaussianBlur(generator.uniform(0, 0.6) * FINE))
    pixels = np.asarray(picture.resize((SIDE, SIDE), Image.Resampling.BOX), np.float32)
    pixels = pixels * generator.uniform(0.55, 1.0) + generator.normal(0, generator.uniform(0, 28), pixels.shape)
    return np.clip(pixels, 0, 255).astype(np.uint8)


def pictures(count, seed, paths=None):
    """`count` pictures and what they show: uint8 [count, 28, 28], int64 [count]."""
    generator = np.random.RandomState(seed)
    paths = paths or fonts()
    numbers = generator.randint(0, 10, count)
    drawn = [digit(generator, paths[generator.randint(len(paths))], number) for number in numbers]
    return np.stack(drawn), numbers.astype(np.int64)


def _has_digits(path):
    font = ImageFont.truetype(path, 40)
    shapes = {bytes(font.getmask(str(number))) for number in range(10)}
    return len(shapes) == 10
