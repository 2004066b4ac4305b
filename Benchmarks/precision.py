#!/usr/bin/env python3
"""Measures what weights of reduced precision give and cost: `model_server bench --precision` with float, bf16 and int8_weights.

    python3 Benchmarks/precision.py MODELS [--server BINARY] [--row MODEL:BATCH]... [--threads N] [--seconds S] [--rounds N]
        [--output FILE.json]

MODELS is a folder as `export_models.py` fills it. The precisions of a row take turns, each in a process of its own; the median of
a turn is one figure, and the lowest of all rounds counts. Memory is the most that the process had until the runs were over, with
one copy of the model; afterwards the command loads the model as it is, too, and compares the outputs for the same inputs.

The table goes to standard output as Markdown; --output writes all figures, with the machine and the date.
"""

import argparse
import json
import os
import subprocess
import sys
import time

from machine import ROOT, processor

ROWS = ["mlp:1", "lstm:1", "resnet50:1", "bert_base:1", "bert_base:8"]
PRECISIONS = ["float", "bf16", "int8_weights"]
ERRORS = ["reduced_matrices", "reduced_bytes", "full_bytes", "largest_weight_error", "weight_error_rms", "output_errors"]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models")
    parser.add_argument("--server", default=os.path.join(ROOT, ".build", "release", "model_server"))
    parser.add_argument("--row", action="append", help="MODEL:BATCH")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--seconds", type=float, default=1)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--output")
    return parser.parse_args()


def turn(options, model, batch, precision):
    command = [
        options.server, "bench", os.path.join(options.models, model), f"--batch={batch}", f"--threads={options.threads}",
        f"--seconds={options.seconds}", f"--precision={precision}", "--json",
    ]  # fmt: skip
    run = subprocess.run(command, capture_output=True, text=True, timeout=900)
    if run.returncode:
        sys.exit(f"{model} as {precision}: {run.stderr.strip() or f'exit status {run.returncode}'}")
    return json.loads(run.stdout)


def measured(options, model, batch):
    figures = {precision: {} for precision in PRECISIONS}
    for _ in range(options.rounds):
        for precision, best in figures.items():
            report = turn(options, model, batch, precision)
            for name in ("median_ms", "load_ms", "peak_rss_bytes"):
                best[name] = min(best.get(name, report[name]), report[name])
            best.update({name: report[name] for name in ERRORS if report[name] is not None})
    return {"model": model, "batch": batch, **figures}


def largest(figures):
    """The largest share by which an output differs, and how many rows have the same largest element."""
    outputs = figures.get("output_errors", [])
    share = max((one["relative_difference"] or 0 for one in outputs), default=0)
    rows = sum(one["rows"] or 0 for one in outputs)
    same = sum(one["rows_with_same_largest"] or 0 for one in outputs)
    return f"{share * 100:.2f} %", f"{same} of {rows}" if rows else ""


def table(rows):
    head = ["", "batch", "weights", "median, ms", "times as fast", "peak memory, MB", "largest output error", "same largest"]
    lines = [head, ["---", "---:", "---", "---:", "---:", "---:", "---:", "---:"]]
    for row in rows:
        for precision in PRECISIONS:
            figures = row[precision]
            ratio = row["float"]["median_ms"] / figures["median_ms"]
            error, same = largest(figures) if precision != "float" else ("", "")
            lines.append([
                row["model"], str(row["batch"]), precision, f"{figures['median_ms']:.3f}", f"{ratio:.2f}",
                f"{figures['peak_rss_bytes'] / 1e6:.0f}", error, same,
            ])  # fmt: skip
    return "".join("| " + " | ".join(cells) + " |\n" for cells in lines)


def main():
    options = arguments()
    rows = []
    for row in options.row or ROWS:
        model, _, batch = row.partition(":")
        rows.append(measured(options, model, int(batch or 1)))
        print(f"{model}, batch {batch or 1}: done", file=sys.stderr)
    print(table(rows), end="")
    if options.output:
        facts = {
            "machine": processor(), "date": time.strftime("%Y-%m-%d"), "threads": options.threads,
            "seconds": options.seconds, "rounds": options.rounds, "rows": rows,
        }  # fmt: skip
        with open(options.output, "w") as file:
            json.dump(facts, file, indent=1)
            file.write("\n")


if __name__ == "__main__":
    main()
