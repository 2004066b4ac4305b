"""The profiler service: captures under load, how they end, and what is in them. Messages come from server reflection."""

import contextlib
import json
import os
import threading
import time

import grpc
import numpy as np
import pytest
from google.protobuf import descriptor_pool, message_factory
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

import serving

SERVICE = "tensorflow.ProfilerService"
MODELS = ["--model_name=digits", f"--model_base_path={serving.DIGITS}"]
BUSY = "Another profiling session active."


class Profiler:
    """The client's side of the service."""

    def __init__(self, server):
        self.pool = descriptor_pool.DescriptorPool(ProtoReflectionDescriptorDatabase(server.channel))
        self.methods = {}
        for method in self.pool.FindServiceByName(SERVICE).methods:
            request_class = message_factory.GetMessageClass(method.input_type)
            answer_class = message_factory.GetMessageClass(method.output_type)
            call = server.channel.unary_unary(
                f"/{SERVICE}/{method.name}",
                request_serializer=request_class.SerializeToString,
                response_deserializer=answer_class.FromString,
            )
            self.methods[method.name] = (request_class, call)

    def start(self, name, timeout=120, **fields):
        """A call that is under way."""
        request_class, call = self.methods[name]
        return call.future(request_class(**fields), timeout=timeout)

    def call(self, name, **fields):
        return self.start(name, **fields).result()

    def space(self, data):
        """An XSpace by plane, line and event: {plane: {line: [(name, begin, end), ...]}} in picoseconds."""
        space = message_factory.GetMessageClass(self.pool.FindMessageTypeByName("tensorflow.profiler.XSpace"))
        return events(space.FromString(data))


def events(space):
    planes = {}
    for plane in space.planes:
        names = {number: metadata.name for number, metadata in plane.event_metadata.items()}
        lines = planes.setdefault(plane.name, {})
        for line in plane.lines:
            lines[line.name] = [
                (names[event.metadata_id], event.offset_ps, event.offset_ps + event.duration_ps) for event in line.events
            ]
    return planes


@pytest.fixture
def profiler(server):
    return Profiler(server)


@contextlib.contextmanager
def load(server, threads=2):
    """Asks for digits as fast as it can; yields the list that grows by one for each answer."""
    request = serving.predict_request("digits", {"image": np.zeros([1, 28, 28, 1], np.float32)}, signature="predict_classes")
    answers, stop = [], threading.Event()

    def ask():
        while not stop.is_set():
            answers.append(server.predict(request))

    workers = [threading.Thread(target=ask) for _ in range(threads)]
    for worker in workers:
        worker.start()
    try:
        serving.wait_until(lambda: answers, "the first answer is there")
        yield answers
    finally:
        stop.set()
        for worker in workers:
            worker.join()


def tools(answer):
    return {tool.name: tool.data for tool in answer.tool_data}


def begun(profiler, session):
    """A long capture that is known to be under way."""
    capture = profiler.start("Profile", duration_ms=60_000, session_id=session)

    def is_busy():
        assert not capture.done(), capture.details()
        other = profiler.start("Profile", duration_ms=0)
        other.exception()
        return other.details() == BUSY

    serving.wait_until(is_busy, "the capture has begun")
    return capture


def free(profiler):
    """Waits until another capture can begin."""
    serving.wait_until(
        lambda: profiler.start("Profile", duration_ms=0).exception() is None, "the capture has ended", seconds=10
    )


def test_capture_under_load_holds_the_kernels(server, profiler):
    with load(server) as answers:
        before = len(answers)
        answer = profiler.call("Profile", duration_ms=400, host_name="here", session_id="first")
        assert len(answers) > before
    assert not answer.empty_trace
    found = tools(answer)
    assert sorted(found) == ["kernels.txt", "trace.json", "xplane.pb"]

    table = found["kernels.txt"].decode()
    for part in ("MatMul", "Conv2D", "digits:2/predict_classes", "sequential_1/conv2d_1/convolution"):
        assert part in table, table

    trace = json.loads(found["trace.json"])
    complete = [event for event in trace["traceEvents"] if event["ph"] == "X"]
    runs = [event for event in complete if event["cat"] == "run"]
    kernels = [event for event in complete if event["cat"] == "kernel"]
    assert {event["name"] for event in runs} == {"digits:2/predict_classes"}
    assert {"FusedMatMul", "FusedConv2D"} <= {event["name"] for event in kernels}
    assert trace["otherData"] == {"runs_left_out": 0, "runs_dropped": 0, "calls_dropped": 0}
    for run in runs:
        inside = [
            event["dur"]
            for event in kernels
            if event["tid"] == run["tid"] and run["ts"] <= event["ts"] < run["ts"] + run["dur"]
        ]
        assert 0 < sum(inside) <= run["dur"] + 0.001 * len(inside)

    planes = profiler.space(found["xplane.pb"])
    assert list(planes) == ["/host:CPU"]
    recorded = [event for line in planes["/host:CPU"].values() for event in line]
    assert len(recorded) == len(complete)
    assert sum(name == "ServingModelRun" for name, _, _ in recorded) == len(runs)
    assert any(name.endswith("dense_1/MatMul:FusedMatMul") for name, _, _ in recorded)
    for line in planes["/host:CPU"].values():
        ends = []
        for _, begin, end in line:
            while ends and ends[-1] <= begin:
                ends.pop()
            # What has begun inside of something ends inside of it.
            assert not ends or end <= ends[-1]
            ends.append(end)


def test_capture_of_nothing_is_empty(profiler):
    answer = profiler.call("Profile", duration_ms=1)
    assert answer.empty_trace and not answer.tool_data
    # The request of the reference's own test.
    assert profiler.call("Profile").empty_trace


def test_wanted_tools_and_messages(server, profiler):
    with load(server):
        one = profiler.call("Profile", duration_ms=100, tools=["kernels.txt", "overview_page"])
        message = profiler.call("Profile", duration_ms=100, emit_xspace=True)
    assert list(tools(one)) == ["kernels.txt"]
    assert sorted(tools(message)) == ["kernels.txt", "trace.json"]
    assert "ServingModelRun" in {event[0] for line in events(message.xspace)["/host:CPU"].values() for event in line}


def test_number_of_events_is_limited(server, profiler):
    with load(server):
        answer = profiler.call("Profile", duration_ms=300, max_events=100)
    found = tools(answer)
    trace = json.loads(found["trace.json"])
    assert 0 < sum(event["ph"] == "X" for event in trace["traceEvents"]) <= 100
    assert trace["otherData"]["runs_dropped"] > 0
    assert "were not recorded" in found["kernels.txt"].decode()


def test_nothing_is_written_where_the_request_says(server, profiler, tmp_path):
    with load(server):
        profiler.call("Profile", duration_ms=50, repository_root=str(tmp_path), session_id="s", host_name="h")
    assert os.listdir(tmp_path) == []


def test_second_capture_is_refused_and_the_first_terminated(server, profiler):
    with load(server) as answers:
        capture = begun(profiler, "long")
        for name in ("Profile", "Monitor"):
            other = profiler.start(name, duration_ms=1)
            assert (other.code(), other.details()) == (grpc.StatusCode.INTERNAL, BUSY)
        profiler.call("Terminate", session_id="another")
        seen = len(answers)
        serving.wait_until(lambda: len(answers) > seen, "requests are answered during a capture")
        assert not capture.done()
        profiler.call("Terminate", session_id="long")
        assert "xplane.pb" in tools(capture.result(60))
        assert "xplane.pb" in tools(profiler.call("Profile", duration_ms=100))


def test_capture_ends_when_its_client_goes_away(profiler):
    capture = begun(profiler, "gone")
    capture.cancel()
    free(profiler)


def test_capture_ends_at_the_deadline_of_its_call(profiler):
    capture = profiler.start("Profile", duration_ms=60_000, timeout=0.3)
    assert capture.code() == grpc.StatusCode.DEADLINE_EXCEEDED
    free(profiler)


def test_long_captures_are_refused(profiler):
    refused = profiler.start("Profile", duration_ms=600_001)
    assert refused.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert refused.details() == "duration_ms is 600001, but captures may last 600000 at most"


def test_monitor_tells_what_runs(server, profiler):
    with load(server):
        brief = profiler.call("Monitor", duration_ms=200, monitoring_level=1).data
        detailed = profiler.call("Monitor", duration_ms=200, monitoring_level=2, timestamp=True).data
    assert brief.startswith("Runs: ") and "Compute threads: " in brief and "Top ops: " in brief
    assert detailed.startswith("Timestamp: ") and "digits:2/predict_classes" in detailed and "MatMul" in detailed
    assert len(detailed) > len(brief)
    idle = profiler.call("Monitor", duration_ms=20).data
    assert idle.startswith("Runs: 0, 0.0 per second, 0 failed\nCompute threads: ")


@pytest.mark.parametrize(
    "fields, text",
    [
        ({}, "duration_ms must be greater than zero."),
        ({"duration_ms": 1, "monitoring_level": 3}, "monitoring_level is 3, expected 1 or 2"),
        ({"duration_ms": 1, "monitoring_level": -1}, "monitoring_level is -1, expected 1 or 2"),
    ],
)
def test_misuse_of_monitor_is_explained(profiler, fields, text):
    refused = profiler.start("Monitor", **fields)
    assert (refused.code(), refused.details()) == (grpc.StatusCode.INVALID_ARGUMENT, text)


def test_captures_do_not_add_up_in_memory(server, profiler):
    with load(server):
        for _ in range(3):
            profiler.call("Profile", duration_ms=200)
        before = server.memory()
        for _ in range(10):
            profiler.call("Profile", duration_ms=200)
        after = server.memory()
    assert after < before + (64 << 20), f"{before} -> {after}"


def test_drain_does_not_wait_for_a_capture():
    with serving.Server(*MODELS, ready=["digits"]) as server:
        profiler = Profiler(server)
        with load(server, threads=1):
            capture = begun(profiler, "drained")
            time.sleep(0.5)  # so that the capture sees requests
            seen = time.monotonic()
        server.terminate()
        answer = capture.result(60)
        assert time.monotonic() - seen < 20 and not answer.empty_trace
        server.expect_end()


def test_flag_switches_the_service_off():
    with serving.Server("--enable_profiler=false", *MODELS, ready=["digits"]) as server:
        with pytest.raises(grpc.RpcError) as error:
            server.channel.unary_unary(f"/{SERVICE}/Profile")(b"", timeout=120)
        assert error.value.code() == grpc.StatusCode.UNIMPLEMENTED
        assert "has no effect" not in server.log
