"""Start, flags, refusals to start, and the end."""

import os
import signal
import subprocess

import grpc
import numpy as np
import pytest

import serving
from serving import half_plus_two, predict_request

HALF = ["--model_name=half_plus_two", f"--model_base_path={serving.HALF_PLUS_TWO}"]


def run(*flags, seconds=20):
    """Runs the server to its end: (exit status, stdout, stderr)."""
    done = subprocess.run([serving.BINARY, *flags], capture_output=True, text=True, timeout=seconds, stdin=subprocess.DEVNULL)
    return done.returncode, done.stdout, done.stderr


def test_version():
    status, out, _ = run("--version")
    assert status == 0
    assert [line.split(":")[0] for line in out.splitlines()] == ["TensorFlow ModelServer", "TensorFlow Library"]


def test_help_lists_the_flags():
    _, out, _ = run("--help")
    for flag in ("port=8500", "model_config_file=", "model_base_path=", "file_system_poll_wait_seconds=1", "grpc_socket_path="):
        assert f"--{flag}" in out, flag


@pytest.mark.parametrize(
    "flag, value, name",
    [
        ("--port=abc", "abc", "port"),
        ("--port=", "", "port"),
        ("--port=99999999999", "99999999999", "port"),
        ("--enable_batching=yes", "yes", "enable_batching"),
        ("--file_system_poll_wait_seconds=1.5", "1.5", "file_system_poll_wait_seconds"),
    ],
)
def test_bad_value_of_a_flag_ends_the_start(flag, value, name):
    status, out, err = run(flag, *HALF)
    assert status == 255
    assert f"Couldn't interpret value {value} for flag {name}." in err
    assert "--port=8500" in out


def test_unknown_argument_is_reported_and_the_start_goes_on():
    with serving.Server("--bogus=1", *HALF, ready=["half_plus_two"]) as server:
        assert "unknown argument: --bogus=1" in server.log


def test_last_value_of_a_flag_counts():
    with serving.Server("--model_name=other", *HALF, ready=["half_plus_two"]) as server:
        assert list(server.predict(half_plus_two()).outputs["y"].float_val) == [2.5, 3.0, 4.5]


def test_every_flag_of_tensorflow_serving_is_accepted(tmp_path):
    flags = """
        --rest_api_port=0 --rest_api_num_threads=4 --rest_api_timeout_in_ms=30000 --rest_api_enable_cors_support=false
        --grpc_max_threads=8 --grpc_channel_arguments=grpc.so_reuseaddr=1,grpc.max_connection_age_ms=200000
        --model_config_file_poll_wait_seconds=0 --file_system_poll_wait_seconds=1
        --allow_version_labels_for_unavailable_models=false --enable_batching=false
        --enable_per_model_batching_parameters=false --num_load_threads=0 --num_unload_threads=0
        --max_num_load_retries=5 --load_retry_interval_micros=60000000 --enable_model_warmup=true
        --num_request_iterations_for_warmup=0 --saved_model_tags=serve --tensorflow_session_parallelism=0
        --tensorflow_intra_op_parallelism=0 --tensorflow_inter_op_parallelism=0 --ssl_config_file=
        --monitoring_config_file= --enable_signature_method_name_check=false --enable_grpc_healthcheck_service=false
        --enable_serialization_as_tensor_content=false --flush_filesystem_caches --tensorflow_session_config_file=
        --platform_config_file= --per_process_gpu_memory_fraction=0 --use_alts_credentials=false
        --remove_unused_fields_from_bundle_metagraph=true --prefer_tflite_model=false --num_tflite_pools=2
        --num_tflite_interpreters_per_pool=1 --xla_cpu_compilation_enabled=false --xla_gpu_compilation_enabled=false
        --enable_profiler=true --thread_pool_factory_config_file= --mixed_precision= --skip_initialize_tpu=false
    """.split()
    with serving.Server(*flags, *HALF, ready=["half_plus_two"]) as server:
        assert "unknown argument" not in server.log


def _refusals(folder):
    broken, twice, unsupported, neither = (folder / name for name in ("broken", "twice", "unsupported", "neither"))
    broken.write_text('model_config_list {\n  config { name: "a"\n    base_pth: "/b"\n  }\n}\n')
    entry = 'config {{ name: "m" base_path: "{base}" {platform} }}\n'
    tensorflow = entry.format(base=serving.HALF_PLUS_TWO, platform='model_platform: "tensorflow"')
    twice.write_text(f"model_config_list {{ {tensorflow} {tensorflow} }}")
    unsupported.write_text(
        "model_config_list { " + entry.format(base=serving.HALF_PLUS_TWO, platform='model_platform: "caffe"') + " }"
    )
    neither.write_text("model_config_list { " + entry.format(base=serving.HALF_PLUS_TWO, platform="") + " }")
    return {
        "no port": (
            ["--port=0", *HALF],
            "INVALID_ARGUMENT: At least one of server_options.grpc_port or server_options.grpc_socket_path must be set.",
        ),
        "no model": (
            [],
            "INVALID_ARGUMENT: Both server_options.model_base_path and server_options.model_config_file are empty!",
        ),
        "batching file without batching": (
            [*HALF, f"--batching_parameters_file={serving.ROOT}/batching_parameters.txt"],
            "INVALID_ARGUMENT: server_options.batching_parameters_file is set without setting "
            "server_options.enable_batching to true.",
        ),
        "all thread counts": (
            [
                *HALF,
                "--tensorflow_session_parallelism=1",
                "--tensorflow_intra_op_parallelism=1",
                "--tensorflow_inter_op_parallelism=1",
            ],
            "INVALID_ARGUMENT: Either configure server_options.tensorflow_session_parallelism or "
            "(server_options.tensorflow_intra_op_parallelism, server_options.tensorflow_inter_op_parallelism) separately. "
            "You cannot configure all.",
        ),
        "broken configuration": (
            [f"--model_config_file={broken}"],
            f"INVALID_ARGUMENT: Invalid protobuf file: '{broken}'",
        ),
        "missing configuration": ([f"--model_config_file={folder}/nowhere"], "NOT_FOUND: "),
        "model listed twice": (
            [f"--model_config_file={twice}"],
            "INVALID_ARGUMENT: Illegal to list model m multiple times in config list",
        ),
        "unknown platform": (
            [f"--model_config_file={unsupported}"],
            "INVALID_ARGUMENT: Model m requests unsupported platform caffe",
        ),
        "no platform": (
            [f"--model_config_file={neither}"],
            "INVALID_ARGUMENT: Illegal setting neither ModelServerConfig::model_type (deprecated) nor "
            "ModelServerConfig::model_platform, model name is m",
        ),
    }


REFUSALS = (
    "no port", "no model", "batching file without batching", "all thread counts", "broken configuration",
    "missing configuration", "model listed twice", "unknown platform", "no platform",
)  # fmt: skip


@pytest.mark.parametrize("case", REFUSALS)
def test_refusal_to_start_has_the_text_of_tensorflow_serving(case, tmp_path):
    flags, text = _refusals(tmp_path)[case]
    status, out, _ = run(f"--port={serving.free_port()}", *flags)
    assert status == 255
    assert f"Failed to start server. Error: {text}" in out


def test_broken_configuration_is_located(tmp_path):
    flags, _ = _refusals(tmp_path)["broken configuration"]
    _, _, err = run(f"--port={serving.free_port()}", *flags)
    assert "Error parsing text-format tensorflow.serving.ModelServerConfig: 3:" in err
    assert "base_pth" in err


def test_port_in_use_ends_the_start():
    with serving.Server(*HALF, ready=["half_plus_two"]) as server:
        status, out, _ = run(f"--port={server.port}", *HALF)
        assert status == 255 and "Failed to BuildAndStart gRPC server" in out


def test_log_has_the_line_that_scripts_wait_for():
    with serving.Server(*HALF, ready=["half_plus_two"]) as server:
        server.expect_logged(f"Running gRPC ModelServer at 0.0.0.0:{server.port} ...")


# The end


def slow(side):
    return predict_request("slow", {"side": np.int32(side).reshape(())})


def refuses(server):
    """Whether a call is refused because the server is about to end."""
    try:
        # One that is taken may have to wait for the others.
        server.predictions.Predict(slow(10), timeout=0.3)
    except grpc.RpcError as error:
        assert error.code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED), error
        return error.code() == grpc.StatusCode.UNAVAILABLE
    return False


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_signal_lets_calls_in_flight_finish_and_refuses_new_ones(ending):
    base = os.path.join(serving.FIXTURES, "models", "slow")
    with serving.Server("--model_name=slow", f"--model_base_path={base}", ready=["slow"]) as server:
        server.predict(slow(10))
        before = server.processor_seconds()
        calls = [server.predictions.Predict.future(slow(1300), timeout=120) for _ in range(2)]
        serving.wait_until(lambda: server.processor_seconds() > before + 0.1, "the calls are being computed", every=0.01)
        server.process.send_signal(ending)
        serving.wait_until(lambda: "Received signal" in server.log, "the signal was noticed", every=0.01)
        # The threads of the connections hear of it a moment later.
        serving.wait_until(lambda: refuses(server), "new calls are refused", every=0.01)
        assert not any(call.done() for call in calls), "the calls were too quick for this test"
        for call in calls:
            np.testing.assert_allclose(call.result().outputs["mean"].float_val, [1.0], rtol=1e-3)
        server.expect_end()


def test_idle_server_ends_at_once():
    with serving.Server(*HALF, ready=["half_plus_two"]) as server:
        server.predict(half_plus_two())
        server.terminate()
        server.expect_end()


def test_load_during_the_end_sees_only_answers_or_unavailable():
    with serving.Server(*HALF, ready=["half_plus_two"]) as server:
        calls = [server.predictions.Predict.future(half_plus_two(), timeout=120) for _ in range(500)]
        server.terminate()
        for call in calls:
            assert call.code() in (grpc.StatusCode.OK, grpc.StatusCode.UNAVAILABLE), call.details()
        server.expect_end()
