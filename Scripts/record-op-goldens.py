#!/usr/bin/env python3
"""Records what TensorFlow answers to small problems, for the tests of the kernels.

Usage: record-op-goldens.py [FAMILY...]     (no FAMILY: all modules of Scripts/goldens)

Every module of Scripts/goldens has a function cases(g) that calls g.case(OP, ...) for each problem; it becomes
Tests/Fixtures/Ops/FAMILY.txt, which Tests/KernelsTests/GoldenCase.swift reads. Needs TensorFlow 2.21.
"""
import importlib
import os
import pathlib
import sys
import time

os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from goldens.recorder import Recorder  # noqa: E402


def main(names):
    all_names = sorted(p.stem for p in (HERE / "goldens").glob("*.py") if p.stem not in ("recorder", "__init__"))
    target = HERE.parent / "Tests" / "Fixtures" / "Ops"
    target.mkdir(parents=True, exist_ok=True)
    for name in names or all_names:
        module = importlib.import_module("goldens." + name)
        started = time.time()
        recorder = Recorder(name)
        module.cases(recorder)
        path = target / (name + ".txt")
        path.write_text(recorder.text())
        print(f"{name}: {recorder.count} cases, {recorder.skipped} not supported by TensorFlow, "
              f"{path.stat().st_size} bytes, {time.time() - started:.1f} s")


main(sys.argv[1:])
