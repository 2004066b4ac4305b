"""`--exit_on_load_failure`: the start-up of TensorFlow Serving, which ends if a model cannot be loaded."""

import os
import subprocess

import serving
from serving import BINARY, HALF_PLUS_TWO, Server, half_plus_two


def test_model_that_cannot_be_loaded_ends_the_server(tmp_path):
    version = tmp_path / "broken" / "7"
    version.mkdir(parents=True)
    (version / "saved_model.pb").write_bytes(b"\xff" * 100)
    # Older than what a copy in progress would leave.
    os.utime(version / "saved_model.pb", (1, 1))
    file = serving.config(tmp_path / "models.config", {"half_plus_two": HALF_PLUS_TWO, "broken": version.parent})
    port = serving.free_port()
    run = subprocess.run(
        [
            BINARY,
            f"--port={port}",
            f"--model_config_file={file}",
            "--exit_on_load_failure",
            "--max_num_load_retries=1",
            "--load_retry_interval_micros=1000",
        ],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.returncode == 255
    last = run.stdout.strip().splitlines()[-1]
    start = (
        "Failed to start server. Error: UNKNOWN: 1 servable(s) did not become available: "
        "{{name: broken version: 7} due to error: "
    )
    assert last.startswith(start) and last.endswith("}, }")
    # The port was never open.
    assert "Running gRPC ModelServer" not in run.stderr


def test_server_whose_models_load_serves_as_ever(tmp_path):
    file = serving.config(tmp_path / "models.config", {"half_plus_two": HALF_PLUS_TWO})
    with Server(f"--model_config_file={file}", "--exit_on_load_failure", ready=["half_plus_two"]) as server:
        assert list(server.predict(half_plus_two()).outputs["y"].float_val) == [2.5, 3.0, 4.5]


def test_server_without_the_flag_serves_the_others(tmp_path):
    version = tmp_path / "broken" / "7"
    version.mkdir(parents=True)
    (version / "saved_model.pb").write_bytes(b"\xff" * 100)
    file = serving.config(tmp_path / "models.config", {"half_plus_two": HALF_PLUS_TWO, "broken": version.parent})
    with Server(f"--model_config_file={file}", ready=["half_plus_two"]) as server:
        assert server.predict(half_plus_two()).model_spec.version.value == 1
