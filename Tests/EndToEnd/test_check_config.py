"""`model_server check-config`: what it says, and that the server does with a file what the check said that it would."""

import json
import os
import random
import subprocess
import time

import pytest

import serving
from serving import BINARY, DIGITS, HALF_PLUS_TWO, Server


def check(*arguments, stdin=""):
    """(exit status, standard output, standard error) of `check-config` with these arguments."""
    run = subprocess.run(
        [BINARY, "check-config", *map(str, arguments)], input=stdin, capture_output=True, text=True, timeout=120
    )
    assert run.returncode in (0, 1, 2), f"status {run.returncode}: {run.stderr}"
    return run.returncode, run.stdout, run.stderr


def write(path, text):
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def models(*entries):
    return "model_config_list {\n" + "".join(f"  config {{ {entry} }}\n" for entry in entries) + "}\n"


def model(name, base, more=""):
    return f'name: "{name}" base_path: "{base}" model_platform: "tensorflow" {more}'


def test_fine_file_tells_what_would_be_served(tmp_path):
    file = write(tmp_path / "models.config", models(model("digits", DIGITS), model("half", HALF_PLUS_TWO)))
    status, out, err = check(file)
    assert (status, err) == (0, "")
    assert out.splitlines() == [
        f'{file}: checked as models (--model_config_file, assumed because it has "model_config_list")',
        "Would be served:",
        f"  digits: version 2 of 2, 1 (policy: the latest) from {DIGITS}",
        f"  half: version 1 (policy: the latest) from {HALF_PLUS_TWO}",
        f"{file}: fine",
    ]


def test_all_errors_are_shown_with_their_places(tmp_path):
    text = """model_config_list {
  config {
    nane: "a"
    base_path: /models/a
    model_platform: "tensorflow"
  }
  config { name: "b" base_path: "/b" model_platform: "pytorch" }
  config { name: "b" base_path: "/b" model_platform: "tensorflow" }
}
"""
    file = write(tmp_path / "models.config", text)
    status, out, _ = check(file, "--offline")
    errors = [line for line in out.splitlines() if ": error: " in line]
    assert status == 1
    assert [line.split(" error: ")[0] for line in errors] == [
        f"{file}:{place}:" for place in ("3:5", "4:16", "7:54", "8:18")
    ]
    assert 'did you mean "name"?' in errors[0] and 'texts stand in quotes: base_path: "/models/a"' in errors[1]
    assert "Model b requests unsupported platform pytorch" in errors[2]
    assert f"{file}:7:18: note: model b is listed here" in out
    assert out.splitlines()[-1] == f"{file}: refused: 4 errors, 0 warnings"


def test_reports_for_programs_and_several_files(tmp_path):
    good = write(tmp_path / "m.config", models(model("digits", DIGITS, "model_version_policy { all {} }")))
    bad = write(tmp_path / "batching.txt", "max_batch_size: 32\nallowed_batch_sizes: [8, 16]\n")
    status, out, _ = check("--json", good, f"--batching_parameters_file={bad}", tmp_path / "missing")
    report = json.loads(out)
    assert status == 1 and report["ok"] is False
    batching, first, missing = report["files"]
    assert first["type"] == "models" and first["ok"] and first["findings"] == []
    assert first["models"] == [
        {
            "name": "digits",
            "base_path": DIGITS,
            "policy": "all",
            "versions_found": [2, 1],
            "versions_served": [2, 1],
            "labels": [],
        }
    ]
    assert batching["type"] == "batching" and batching["assumed_because"] is None
    assert [(f["severity"], f["line"], f["column"], f["advice"]) for f in batching["findings"]] == [
        ("error", 1, 17, "write max_batch_size { value: 32 }")
    ]
    assert missing["type"] is None and missing["findings"][0]["message"].endswith("No such file or directory")


def test_warnings_count_only_when_asked(tmp_path):
    file = write(tmp_path / "models.config", models(model("a", tmp_path / "nowhere")))
    status, out, _ = check(file)
    assert status == 0 and "warning: The base path" in out and f"{file}: accepted, with 1 warning" in out
    assert check("--strict", file)[0] == 1
    assert check("--strict", "--offline", file)[0] == 0


def test_standard_input_and_usage():
    assert check("-", "--type=monitoring", stdin="prometheus_config { enable: true }")[0] == 0
    status, out, err = check("--type=nonsense", "-")
    assert status == 2 and out == "" and "--type takes one of models, batching, ssl" in err
    assert check()[0] == 2
    status, out, _ = check("--help")
    assert status == 0 and out.startswith(f"usage: {BINARY} check-config")


def test_path_instead_of_a_key_is_named(tmp_path):
    file = write(tmp_path / "tls.txt", 'server_key: "/etc/tls/key.pem"\nserver_cert: "cert.pem"\n')
    status, out, _ = check(file)
    assert status == 1
    assert f"{file}:1:13: error: server_key holds the path /etc/tls/key.pem, but the PEM text itself belongs here" in out
    assert f"{file}:2:14: error: server_cert holds the path cert.pem" in out


def test_help_and_mistyped_commands():
    def run(*arguments):
        return subprocess.run([BINARY, *arguments], capture_output=True, text=True, timeout=120)

    answer = run("help")
    assert answer.returncode == 0 and "check-config" in answer.stdout and "--port=8500" in answer.stdout
    assert run("help", "check-config").stdout == check("--help")[1]
    assert run("help", "nonsense").returncode == 2
    # As ever, unknown arguments do not stop the server; here the missing model does.
    answer = run("chek-config")
    assert answer.returncode == 255
    assert answer.stdout.startswith("unknown argument: chek-config\nDid you mean the command check-config?\nusage: ")
    assert "Both server_options.model_base_path and server_options.model_config_file are empty!" in answer.stdout
    assert "written as --port=VALUE" in run("--port", "8501").stdout
    # Flags that a container image puts first do not hide the command.
    assert run("--port=8500", "--model_name=m", "check-config", "--help").returncode == 0


def test_huge_and_hostile_files_get_an_answer(tmp_path):
    start = time.monotonic()
    for text in [
        b"model_config_list {" * 200_000,
        b"\x00\xff\x1b[2J" * 200_000,
        b"x: 1\n" * 500_000,
        b'"' * 300_000,
        b"model_config_list {" + b"config { }" * 20_000 + b"}",
        open(os.path.join(HALF_PLUS_TWO, "1", "saved_model.pb"), "rb").read(),
    ]:
        file = write(tmp_path / "hostile", text)
        status, out, _ = check(file)
        assert status == 1 and "error: " in out and len(out) < 200_000
        assert "\x1b" not in out and "\x00" not in out
    status, out, _ = check("--type=models", "/dev/zero")
    assert status == 1 and "which no configuration file should be" in out
    assert time.monotonic() - start < 60


def mutated(text, noise):
    """`text` with some of its pieces removed, repeated or replaced."""
    pieces = ["{", "}", "'", '"', ":", "-1", "0", "\n", "x", "tensorflow", "\u00e9"]
    for _ in range(noise.randint(0, 2)):
        at = noise.randrange(len(text))
        length = noise.randint(1, 6)
        replacement = noise.choice([text[at : at + length] * 2, "", noise.choice(pieces)])
        text = text[:at] + replacement + text[at + length :]
    return text


def server_accepts(file):
    """Whether the server starts with the file as its list of models."""
    process = subprocess.Popen(
        [BINARY, "--port=0", f"--grpc_socket_path={file}.socket", f"--model_config_file={file}"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    text = ""
    for line in process.stdout:
        text += line
        if "Running gRPC ModelServer" in line:
            process.terminate()
            process.communicate(timeout=120)
            return True, text
    assert process.wait(20) == 255, text
    return False, text


@pytest.mark.parametrize("seed", range(3))
def test_server_does_what_the_check_says(tmp_path, seed):
    noise = random.Random(seed)
    text = models(model("a", tmp_path), model("b", "./b", "model_version_policy { specific { versions: 3 } }"))
    verdicts = []
    for round in range(8):
        file = write(tmp_path / "m.config", mutated(text, noise) if round else text)
        status, out, _ = check("--type=models", file)
        accepted, log = server_accepts(file)
        assert accepted == (status == 0), f"{file.read_text()}\n{out}\n{log}"
        verdicts.append(accepted)
        if status == 1 and "Error parsing text-format" in log:
            assert "Error parsing text-format tensorflow.serving.ModelServerConfig: " in log
            assert f"Invalid protobuf file: '{file}'" in log
            place = log.split("ModelServerConfig: ")[1].split(": ")[0]
            assert f"{file}:{place}: error: " in out
    assert verdicts[0] is True


def test_server_refuses_to_start_with_tls_that_cannot_be(tmp_path):
    empty = write(tmp_path / "empty.txt", "# no TLS\n")
    with Server(f"--model_base_path={HALF_PLUS_TWO}", "--model_name=m", f"--ssl_config_file={empty}", ready=["m"]):
        assert check("--type=ssl", empty)[0] == 0
    asked = write(tmp_path / "tls.txt", "client_verify: true\n")
    run = subprocess.run(
        [BINARY, f"--port={serving.free_port()}", "--model_base_path=/m", f"--ssl_config_file={asked}"],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.returncode == 255
    assert run.stdout.startswith(f"Failed to start server. Error: INVALID_ARGUMENT: '{asked}': server_key is missing")
    assert check("--type=ssl", asked)[0] == 1
