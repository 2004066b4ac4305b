"""Who may administrate the server: with a token, or at an address of its own."""

import subprocess

import grpc
import pytest

import serving
from serving import free_port, half_plus_two, refusal
from tensorflow_serving.apis import model_management_pb2, model_service_pb2_grpc, prediction_service_pb2_grpc
from tensorflow_serving.config import model_server_config_pb2

TOKEN = "correct-horse-battery-staple"
MODEL = ["--model_name=half_plus_two", f"--model_base_path={serving.HALF_PLUS_TWO}"]


def reload_request():
    request = model_management_pb2.ReloadConfigRequest()
    config = request.config.model_config_list.config.add(
        name="half_plus_two", base_path=serving.HALF_PLUS_TWO, model_platform="tensorflow"
    )
    assert isinstance(config, model_server_config_pb2.ModelConfig)
    return request


def reload(stub, token=None):
    metadata = [("authorization", f"Bearer {token}")] if token else None
    return stub.HandleReloadConfigRequest(reload_request(), timeout=120, metadata=metadata)


@pytest.fixture
def token_file(tmp_path):
    path = tmp_path / "token"
    path.write_text(TOKEN + "\n")
    return path


def test_token_is_asked_for_reloads_only(token_file):
    with serving.Server(*MODEL, f"--admin_token_file={token_file}", ready=["half_plus_two"]) as server:
        assert refusal(lambda: reload(server.models))[0] == grpc.StatusCode.UNAUTHENTICATED
        assert refusal(lambda: reload(server.models, TOKEN + "x"))[0] == grpc.StatusCode.UNAUTHENTICATED
        assert reload(server.models, TOKEN).status.error_code == 0
        assert server.predict(half_plus_two())
        assert TOKEN not in server.log


def test_administration_apart(token_file):
    port = free_port()
    with serving.Server(
        *MODEL, f"--admin_address=127.0.0.1:{port}", f"--admin_token_file={token_file}", ready=["half_plus_two"], rest=True
    ) as server:
        code, details = refusal(lambda: reload(server.models, TOKEN))
        assert code == grpc.StatusCode.PERMISSION_DENIED and "--admin_address" in details
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            stub = model_service_pb2_grpc.ModelServiceStub(channel)
            assert refusal(lambda: reload(stub))[0] == grpc.StatusCode.UNAUTHENTICATED
            assert reload(stub, TOKEN).status.error_code == 0
            predictions = prediction_service_pb2_grpc.PredictionServiceStub(channel)
            assert predictions.Predict(half_plus_two(), timeout=120)
        rest_port, server.rest_port = server.rest_port, port
        assert server.http("GET", "/healthz/live")[0] == 200
        server.rest_port = rest_port


@pytest.mark.parametrize(
    "flag", ["--admin_address=somewhere:1", "--admin_address=8502", "--admin_token_file=/no/such/file"]
)
def test_what_makes_no_sense_is_refused(flag):
    result = subprocess.run([serving.BINARY, *MODEL, "--port=1", flag], capture_output=True, text=True, timeout=120)
    assert result.returncode == 255 and "Failed to start server. Error: " in result.stdout
