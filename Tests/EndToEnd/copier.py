#!/usr/bin/env python3
"""Copies a version folder the way that careless tools do, as slowly as wanted, and waits to be killed when told to.

    copier.py SOURCE TARGET MODE SEED SECONDS [STOP]

Modes: `files` writes one file after another, in random order; `blocks` writes blocks of all files in random order into files that
have their full size from the start; `rename` writes each file under another name first, as rsync does; `inplace` writes over files
that are there. STOP is a share of the bytes: there the copier says so and does nothing more.
"""

import os
import random
import sys
import time

BLOCK = 4096


def listing(source):
    return sorted(
        os.path.relpath(os.path.join(folder, name), source) for folder, _, names in os.walk(source) for name in names
    )


def steps(source, target, mode, generator):
    """(bytes, function) for each write, in order."""
    names = listing(source)
    generator.shuffle(names)
    contents = {}
    for name in names:
        with open(os.path.join(source, name), "rb") as file:
            contents[name] = file.read()
        os.makedirs(os.path.dirname(os.path.join(target, name)), exist_ok=True)
    if mode == "blocks":
        for name in names:
            with open(os.path.join(target, name), "wb") as file:
                file.truncate(len(contents[name]))
    blocks = [(name, start) for name in names for start in range(0, len(contents[name]), BLOCK)]
    if mode == "blocks":
        generator.shuffle(blocks)
    for name, start in blocks:
        data = contents[name]
        path = os.path.join(target, name)
        folder, base = os.path.split(path)
        written = os.path.join(folder, f".{base}.Xa9fQz") if mode == "rename" else path

        def write(name=name, start=start, data=data, path=path, written=written):
            flags = os.O_WRONLY | os.O_CREAT
            if start == 0 and mode in ("files", "rename"):
                flags |= os.O_TRUNC
            descriptor = os.open(written, flags, 0o644)
            os.pwrite(descriptor, data[start : start + BLOCK], start)
            os.close(descriptor)
            if written != path and start + BLOCK >= len(data):
                os.rename(written, path)

        yield min(BLOCK, len(data) - start), write


def main():
    source, target, mode, seed, seconds = sys.argv[1:6]
    stop = float(sys.argv[6]) if len(sys.argv) > 6 else 2
    total = sum(os.path.getsize(os.path.join(source, name)) for name in listing(source))
    begin, done = time.monotonic(), 0
    for size, write in steps(source, target, mode, random.Random(int(seed))):
        if done + size > stop * total:
            print("stopped", flush=True)
            time.sleep(3600)
        write()
        done += size
        time.sleep(max(0, begin + float(seconds) * done / total - time.monotonic()))
    print("done", flush=True)


if __name__ == "__main__":
    main()
