"""A server under test and the client side: starts the real binary, talks to it through grpcio and the standard stubs."""

import contextlib
import glob
import http.client
import itertools
import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import grpc
import numpy as np
from tensorflow.core.framework import tensor_pb2, types_pb2
from tensorflow_serving.apis import get_model_metadata_pb2, get_model_status_pb2, predict_pb2
from tensorflow_serving.apis import model_service_pb2_grpc, prediction_service_pb2_grpc

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
BINARY = os.path.abspath(os.environ.get("MODEL_SERVER", os.path.join(ROOT, ".build", "release", "model_server")))
FIXTURES = os.path.join(ROOT, "Tests", "Fixtures", "EndToEnd")
DIGITS = os.path.join(ROOT, "Examples", "digits", "models", "digits")
HALF_PLUS_TWO = os.path.join(ROOT, "Examples", "half_plus_two")

AVAILABLE = get_model_status_pb2.ModelVersionStatus.AVAILABLE
END = get_model_status_pb2.ModelVersionStatus.END
UNLIMITED = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
# Clients that come before the port is open would try again a second later.
EAGER = [("grpc.initial_reconnect_backoff_ms", 100), ("grpc.max_reconnect_backoff_ms", 200)]


# Below those that the system gives to connections, one of which could take a port before the server does. Tests that run at
# the same time begin elsewhere.
_ports = itertools.cycle(range(20_000, 32_000))
next(itertools.islice(_ports, random.SystemRandom().randrange(12_000), None))


def free_port():
    for port in _ports:
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("", port))
            return port


def wait_until(condition, what, seconds=60, every=0.05):
    """Waits until `condition()` is true and returns its value."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(every)
    raise AssertionError(f"waited {seconds} s in vain until {what}")


class Server:
    """A running model_server. It ends with the `with` block, by SIGTERM, and must end well.

    `wrapper`: a command that runs the server, for example as another user. `rest`: whether it has a REST port."""

    def __init__(self, *flags, port=None, ready=(), wrapper=(), rest=False):
        self.port = free_port() if port is None else port
        self.rest_port = free_port() if rest else None
        if rest:
            flags = (f"--rest_api_port={self.rest_port}", *flags)
        self.ended = False
        self.folder = tempfile.mkdtemp(prefix="serving-")
        self.log_path = os.path.join(self.folder, "log")
        command = [*wrapper, BINARY, f"--port={self.port}", *flags]
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder
            )
        self.channel = grpc.insecure_channel(f"127.0.0.1:{self.port}", options=UNLIMITED + EAGER)
        self.predictions = prediction_service_pb2_grpc.PredictionServiceStub(self.channel)
        self.models = model_service_pb2_grpc.ModelServiceStub(self.channel)
        try:
            for name in ready:
                self.wait_for(name)
        except BaseException:
            self.close(expect=None)
            raise

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.close(expect=0 if kind is None else None)

    # Life

    @property
    def log(self):
        """All lines that the server has told of until now; a thread of their own writes them."""
        wait_until(lambda: self._log_thread() in ("S", None), "the log is written", every=0.001)
        with open(self.log_path, errors="replace") as file:
            return file.read()

    def _log_thread(self):
        """The state of the thread that writes the log, which sleeps when it has written all; None if there is none."""
        for stat in glob.glob(f"/proc/{self.process.pid}/task/*/stat"):
            with contextlib.suppress(OSError), open(stat) as file:
                name, state = file.read().split("(", 1)[1].rsplit(")", 1)
                if name == "log":
                    return state.split()[0]
        return None

    def expect_logged(self, text, seconds=60):
        """Waits until the log holds `text`: the server may say so after it has answered."""
        wait_until(lambda: text in self.log, f"the log tells {text!r}", seconds)

    @property
    def alive(self):
        return self.process.poll() is None

    def terminate(self):
        self.process.send_signal(signal.SIGTERM)

    def expect_end(self, seconds=20):
        """The server, already told to end, does so with status 0, and sooner than it would cut off calls by default."""
        assert self.process.wait(seconds) == 0, self.log[-4000:]
        self.ended = True

    def close(self, expect=0):
        """Stops the server; its exit status must be `expect`, unless that is None."""
        self.channel.close()
        died = not self.alive and not self.ended
        if self.alive:
            self.terminate()
        try:
            status = self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = "no exit within a minute of SIGTERM"
        log = self.log
        shutil.rmtree(self.folder, ignore_errors=True)
        if expect is None:
            print(f"--- exit {status}, log of the server:\n{log[-4000:]}")
        else:
            assert not died and status == expect, f"exit {status}{', before SIGTERM' if died else ''}; log:\n{log[-4000:]}"

    def memory(self, field="VmRSS"):
        """Resident bytes (VmRSS), or their highest value so far (VmHWM)."""
        with open(f"/proc/{self.process.pid}/status") as file:
            return next(int(line.split()[1]) * 1024 for line in file if line.startswith(field))

    def processor_seconds(self):
        with open(f"/proc/{self.process.pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    # Calls

    def status(self, name, version=None):
        """{version: ModelVersionStatus} of the model, empty if the server knows none or cannot be reached yet."""
        request = get_model_status_pb2.GetModelStatusRequest()
        request.model_spec.name = name
        if version is not None:
            request.model_spec.version.value = version
        try:
            answer = self.models.GetModelStatus(request, timeout=20)
        except grpc.RpcError as error:
            if error.code() in (grpc.StatusCode.NOT_FOUND, grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED):
                return {}
            raise
        return {entry.version: entry for entry in answer.model_version_status}

    def states(self, name):
        return {version: entry.state for version, entry in self.status(name).items()}

    def wait_for(self, name, version=None, seconds=60):
        """Waits until the version (any, if none is given) is AVAILABLE."""

        def available():
            assert self.alive, f"the server ended with {self.process.returncode}:\n{self.log[-4000:]}"
            entries = self.status(name)
            for entry in entries.values():
                assert entry.version != version or not entry.status.error_code, entry
            return any(entry.state == AVAILABLE and version in (None, entry.version) for entry in entries.values())

        wait_until(available, f"{name} version {version or 'any'} is available", seconds)

    def http(self, method, path, body=None, headers=None, timeout=30):
        """(status, fields by lower-case name, body) of one request to the REST port, on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.rest_port, timeout=timeout)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        finally:
            connection.close()

    def predict(self, request, **options):
        options.setdefault("timeout", 60)
        return self.predictions.Predict(request, **options)

    def metadata(self, request):
        return self.predictions.GetModelMetadata(request, timeout=60)


def predict_request(model, inputs, signature="", version=None, label=None, outputs=()):
    """A PredictRequest; `inputs` maps aliases to TensorProtos or numpy arrays."""
    request = predict_pb2.PredictRequest()
    request.model_spec.name = model
    request.model_spec.signature_name = signature
    if version is not None:
        request.model_spec.version.value = version
    if label is not None:
        request.model_spec.version_label = label
    for alias, value in inputs.items():
        request.inputs[alias].CopyFrom(value if isinstance(value, tensor_pb2.TensorProto) else content(value))
    request.output_filter.extend(outputs)
    return request


def half_plus_two(values=(1.0, 2.0, 5.0), **spec):
    return predict_request("half_plus_two", {"x": np.array(values, np.float32)}, **spec)


def metadata_request(model, *fields, version=None):
    request = get_model_metadata_pb2.GetModelMetadataRequest(metadata_field=fields)
    request.model_spec.name = model
    if version is not None:
        request.model_spec.version.value = version
    return request


def refusal(call):
    """(code, details) of the error that `call()` must end with."""
    try:
        answer = call()
    except grpc.RpcError as error:
        return error.code(), error.details()
    raise AssertionError(f"expected an error, got {answer!r:.300}")


# Tensors. `bfloat16` has no numpy type: its 16 raw bits travel as numpy uint16.

NAMES = {
    "float": (types_pb2.DT_FLOAT, np.float32, "float_val"),
    "double": (types_pb2.DT_DOUBLE, np.float64, "double_val"),
    "half": (types_pb2.DT_HALF, np.float16, "half_val"),
    "bfloat16": (types_pb2.DT_BFLOAT16, np.uint16, "half_val"),
    "int8": (types_pb2.DT_INT8, np.int8, "int_val"),
    "uint8": (types_pb2.DT_UINT8, np.uint8, "int_val"),
    "int16": (types_pb2.DT_INT16, np.int16, "int_val"),
    "uint16": (types_pb2.DT_UINT16, np.uint16, "int_val"),
    "int32": (types_pb2.DT_INT32, np.int32, "int_val"),
    "uint32": (types_pb2.DT_UINT32, np.uint32, "uint32_val"),
    "int64": (types_pb2.DT_INT64, np.int64, "int64_val"),
    "uint64": (types_pb2.DT_UINT64, np.uint64, "uint64_val"),
    "bool": (types_pb2.DT_BOOL, np.bool_, "bool_val"),
    "string": (types_pb2.DT_STRING, np.object_, "string_val"),
    "complex64": (types_pb2.DT_COMPLEX64, np.complex64, "scomplex_val"),
    "complex128": (types_pb2.DT_COMPLEX128, np.complex128, "dcomplex_val"),
}
BY_TYPE = {np.dtype(kind): name for name, (_, kind, _) in reversed(NAMES.items())} | {np.dtype(np.uint16): "uint16"}
BY_ENUM = {enum: name for name, (enum, _, _) in NAMES.items()}


def proto(name, shape):
    """An empty TensorProto of the type `name`."""
    tensor = tensor_pb2.TensorProto(dtype=NAMES[name][0])
    tensor.tensor_shape.SetInParent()
    for size in shape:
        tensor.tensor_shape.dim.add(size=size)
    return tensor


def content(array, name=None):
    """`array` as a TensorProto with tensor_content."""
    array = np.asarray(array)
    name = name or BY_TYPE[array.dtype]
    tensor = proto(name, array.shape)
    if name == "string":
        items = array.ravel().tolist()
        tensor.tensor_content = b"".join(varint(len(item)) for item in items) + b"".join(items)
    else:
        tensor.tensor_content = array.tobytes()
    return tensor


def typed(array, name=None):
    """`array` as a TensorProto with all its elements in the typed field."""
    array = np.asarray(array)
    name = name or BY_TYPE[array.dtype]
    tensor = proto(name, array.shape)
    getattr(tensor, NAMES[name][2]).extend(_field_values(array, name))
    return tensor


def _field_values(array, name):
    flat = array.ravel()
    if name == "half":
        flat = flat.view(np.uint16)
    if name.startswith("complex"):
        flat = flat.view(np.float32 if name == "complex64" else np.float64)
    return flat.tolist()


def array(tensor):
    """The numpy array of an answer, which must hold all elements in the typed field, as answers do by default."""
    name = BY_ENUM[tensor.dtype]
    kind, field = NAMES[name][1:]
    shape = [dim.size for dim in tensor.tensor_shape.dim]
    assert tensor.HasField("tensor_shape") and not tensor.tensor_content
    values = list(getattr(tensor, field))
    if name == "half":
        flat = np.array(values, np.uint16).view(np.float16)
    elif name.startswith("complex"):
        flat = np.array(values, np.float32 if name == "complex64" else np.float64).view(kind)
    else:
        flat = np.array(values, kind)
    assert flat.size == np.prod(shape, dtype=int), f"{flat.size} elements for shape {shape}"
    return flat.reshape(shape)


def varint(number):
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes(out + bytes([number]))


# Model folders


def place(source, target):
    """Copies a version folder the safe way: beside its place first, then into it by one rename."""
    staging = f"{target}.incoming"
    shutil.copytree(source, staging)
    os.rename(staging, target)


def config(path, models):
    """Writes a ModelServerConfig for {name: base path} and returns its path."""
    entries = "".join(
        f'  config {{ name: "{name}" base_path: "{base}" model_platform: "tensorflow" }}\n' for name, base in models.items()
    )
    with open(path, "w") as file:
        file.write(f"model_config_list {{\n{entries}}}\n")
    return path
