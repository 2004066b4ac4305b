"""Loads and unloads a large model again and again, and looks at the memory of the server."""

import os
import shutil

import numpy as np

import large_model
import serving

MODELS = 10


def run(folder, byte_count, cycles, flags=(), report=lambda *_: None):
    """Loads and unloads a model of `byte_count` bytes `cycles` times, `MODELS` at a time.

    Returns the resident bytes when nothing is loaded: after the first load of each, and at the end; and the highest ones
    while the first `MODELS` were loaded, in shares of their weights, above those at rest."""
    source = os.path.join(folder, "source")
    large_model.write(source, byte_count)
    bases = {f"m{number}": os.path.join(folder, f"m{number}") for number in range(MODELS)}
    for base in bases.values():
        os.mkdir(base)
        # The files are the same, so the page cache holds them once.
        shutil.copytree(source, os.path.join(base, "1.aside"), copy_function=os.link)
    config = serving.config(os.path.join(folder, "models.config"), bases | {"half_plus_two": serving.HALF_PLUS_TWO})
    with serving.Server(f"--model_config_file={config}", *flags, ready=["half_plus_two"]) as server:
        rest = server.memory()

        def cycle():
            for base in bases.values():
                os.rename(os.path.join(base, "1.aside"), os.path.join(base, "1"))
            for name in bases:
                server.wait_for(name, 1)
                server.predict(serving.predict_request(name, {"ids": _ids(byte_count)}))
            for base in bases.values():
                os.rename(os.path.join(base, "1"), os.path.join(base, "1.aside"))
            for name in bases:
                serving.wait_until(lambda name=name: _is_gone(server, name), f"{name} is unloaded", 60)

        cycle()
        peak = (server.memory("VmHWM") - rest) / (MODELS * byte_count)
        first = server.memory()
        for number in range(1, cycles // MODELS):
            cycle()
            report((number + 1) * MODELS, server.memory())
        return first, server.memory(), peak


def _ids(byte_count):
    """Some rows from all over the variable; few, because it is not the memory of requests that is looked at."""
    return np.linspace(0, large_model.row_count(byte_count) - 1, 16).astype(np.int32)


def _is_gone(server, name):
    states = server.states(name)
    return all(state == serving.END for state in states.values())
