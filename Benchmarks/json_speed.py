#!/usr/bin/env python3
"""What a large tensor as JSON costs over REST, beside Python's readers and writers of JSON in the same run, and small calls each second.

The model adds and multiplies (half_plus_two), so that reading and writing are what is measured. The Python peers do the same work in one
process: text to array, half plus two, array to text; without a server around it. orjson is left out if it is not installed."""

import argparse
import http.client
import json
import os
import re
import shutil
import statistics
import subprocess
import tempfile
import time

import numpy as np
import report

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), ".."))
HALF_PLUS_TWO = os.path.join(ROOT, "Examples", "half_plus_two")


def peers():
    """Name to (reader, writer)."""
    found = {"json": (json.loads, lambda value: json.dumps(value).encode())}
    try:
        import orjson

        found["orjson"] = (orjson.loads, orjson.dumps)
    except ImportError:
        pass
    return found


def best(rounds, work):
    """The shortest time of `rounds` runs, in milliseconds."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        times.append((time.perf_counter() - start) * 1000)
    return round(min(times), 2), round(statistics.median(times), 2)


def peer_round(text, read, write):
    values = np.array(read(text)["instances"], dtype=np.float32)
    return write({"predictions": (values * np.float32(0.5) + np.float32(2)).tolist()})


def send(connection, body, fields):
    connection.request("POST", "/v1/models/half_plus_two:predict", body, fields)
    answer = connection.getresponse()
    content = answer.read()
    assert answer.status == 200, content[:500]
    return content


def figures(name, work, rounds, byte_count):
    shortest, median = best(rounds, work)
    return {"who": name, "ms": shortest, "median_ms": median, "mb_each_second": round(byte_count / shortest / 1000, 1)}


def large(port, rounds, shape):
    values = np.random.default_rng(1).integers(0, 256, shape) / np.float32(255)
    nested = [[[[float(str(x)) for x in pixel] for pixel in row] for row in picture] for picture in values]
    text = json.dumps({"instances": nested}).encode()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    raw = values.astype(np.float32).tobytes()
    fields = {"Content-Type": "application/octet-stream", "x-model-server-shape": ",".join(map(str, shape))}
    to_raw = {"Accept": "application/octet-stream"}
    results = [figures("model_server, JSON in and out", lambda: send(connection, text, {}), rounds, len(text))]
    results.append(figures("model_server, JSON in, raw out", lambda: send(connection, text, to_raw), rounds, len(text)))
    results.append(figures("model_server, raw in and out", lambda: send(connection, raw, fields), rounds, len(raw)))
    for name, (read, write) in peers().items():
        results.append(figures(f"{name}, in and out", lambda: peer_round(text, read, write), rounds, len(text)))
        results.append(
            figures(
                f"{name}, in only", lambda: np.array(read(text)["instances"], dtype=np.float32), rounds, len(text)
            )
        )
    return {"shape": list(shape), "text_bytes": len(text), "rounds": results}


def small(port, seconds, folder):
    """Calls each second by h2load over HTTP/1.1; nothing without it."""
    if not shutil.which("h2load"):
        return None
    body = os.path.join(folder, "body")
    with open(body, "w") as file:
        file.write('{"instances": [1.0, 2.0, 5.0]}')
    results = {}
    for clients in (1, 32):
        command = ["h2load", "--h1", "-t1", f"-c{clients}", f"-D{seconds}", "-d", body]
        command.append(f"http://127.0.0.1:{port}/v1/models/half_plus_two:predict")
        output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        rate = re.search(r"([0-9.]+) req/s", output)
        failed = re.search(r"(\d+) failed", output)
        assert rate and failed and failed.group(1) == "0", output
        results[f"{clients} connections"] = float(rate.group(1))
    return results


def wait_for(port):
    end = time.monotonic() + 30
    while time.monotonic() < end:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            send(connection, '{"instances": [1]}', {})
            return
        except OSError:
            time.sleep(0.05)
    raise SystemExit("the server did not come up within 30 s")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", default=os.path.join(ROOT, ".build", "release", "model_server"))
    parser.add_argument("--port", type=int, default=19581)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=int, default=3, help="of each load with small calls")
    parser.add_argument("--shape", default="1,1024,1024,3")
    parser.add_argument("--output")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        command = [options.binary, "--port=0", f"--grpc_socket_path={folder}/socket", f"--rest_api_port={options.port}"]
        command += ["--model_name=half_plus_two", f"--model_base_path={HALF_PLUS_TWO}"]
        with open(os.path.join(folder, "log"), "wb") as log:
            server = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            wait_for(options.port)
            result = {"large": large(options.port, options.rounds, tuple(map(int, options.shape.split(","))))}
            result["small_calls_each_second"] = small(options.port, options.seconds, folder)
        finally:
            server.terminate()
            server.wait(30)
    report.give(result, options.output)


if __name__ == "__main__":
    main()
