"""The end of the server: readiness, the lag, both GOAWAYs, calls in flight; and the lives of connections."""

import os
import signal
import struct
import threading
import time

import grpc
import numpy as np
import pytest
from tensorflow_serving.apis import prediction_service_pb2_grpc

import serving
import wire
from serving import half_plus_two, predict_request
from test_health import HALF, NOT_SERVING, SERVING, check

# gRPC's clients send a call again on their own if it never left them or was refused untouched; no others.
OWN = [("grpc.use_local_subchannel_pool", 1)]
SLOW = ["--model_name=slow", f"--model_base_path={os.path.join(serving.FIXTURES, 'models', 'slow')}"]
EVERY_STREAM = 0x7FFFFFFF


def slow(side):
    return predict_request("slow", {"side": np.int32(side).reshape(())})


def service(channel):
    return prediction_service_pb2_grpc.PredictionServiceStub(channel)


def side_of(server, seconds):
    """A size for which a call of the slow model takes at least so long."""
    server.predict(slow(10))
    for side in range(20, 2000, 20):
        took = []
        while not took or min(took) >= seconds:
            if len(took) == 5:
                return side
            began = time.monotonic()
            server.predict(slow(side))
            took.append(time.monotonic() - began)
    raise AssertionError("the slow model is never slow")


def test_a_thousand_calls_in_flight_are_answered():
    with serving.Server(*SLOW, ready=["slow"]) as server:
        side = side_of(server, seconds=0.006)
        channels = [grpc.insecure_channel(f"127.0.0.1:{server.port}", options=OWN) for _ in range(4)]
        for channel in channels:
            grpc.channel_ready_future(channel).result(60)
        calls = [service(channels[number % 4]).Predict.future(slow(side), timeout=120) for number in range(1000)]
        serving.wait_until(lambda: any(call.done() for call in calls), "the first of the calls is answered", every=0.001)
        server.terminate()
        serving.wait_until(lambda: "Received signal" in server.log, "the signal was noticed", every=0.001)
        unanswered = sum(not call.done() for call in calls)
        failures = [call.details() for call in calls if call.code() != grpc.StatusCode.OK]
        assert not failures, f"{len(failures)} of 1000 calls failed, {unanswered} were in flight: {failures[:3]}"
        assert unanswered > 200, f"only {unanswered} calls were in flight at the signal: too quick for this test"
        for channel in channels:
            channel.close()
        server.expect_end()


class Load:
    """Calls without pause from several threads until `stop`; collects what failed."""

    def __init__(self, channel, threads=4):
        self.failures, self.answers, self.stopping = [], 0, False
        self.threads = [threading.Thread(target=self._run, args=(service(channel),)) for _ in range(threads)]
        for thread in self.threads:
            thread.start()

    def _run(self, stub):
        while not self.stopping:
            try:
                stub.Predict(half_plus_two(), timeout=120)
                self.answers += 1
            except grpc.RpcError as error:
                self.failures.append(f"{error.code()}: {error.details()}")

    def wait_for(self, answers):
        """Waits until so many more calls have ended."""
        enough = self.answers + answers
        serving.wait_until(lambda: self.failures or self.answers >= enough, f"{answers} calls are answered", every=0.01)

    def stop(self):
        self.stopping = True
        for thread in self.threads:
            thread.join()


def test_calls_that_race_with_the_end_are_lost_on_no_one():
    """Behind a client that balances over two servers, one of them ends under load, and again and again."""
    with serving.Server(*HALF, ready=["half_plus_two"]) as stays:
        for _ in range(5):
            with serving.Server(*HALF, ready=["half_plus_two"]) as goes:
                options = [*OWN, ("grpc.service_config", '{"loadBalancingConfig": [{"round_robin": {}}]}')]
                target = f"ipv4:127.0.0.1:{stays.port},127.0.0.1:{goes.port}"
                with grpc.insecure_channel(target, options=options) as channel:
                    load = Load(channel)
                    load.wait_for(50)
                    goes.terminate()
                    goes.expect_end()
                    load.wait_for(50)
                    load.stop()
                    assert not load.failures, f"{len(load.failures)} calls failed beside {load.answers}: {load.failures[:3]}"


def test_lag_takes_calls_while_health_says_no():
    with serving.Server("--drain_lag_seconds=4", *HALF, ready=["half_plus_two"]) as server:
        assert check(server, "") == SERVING
        began = time.monotonic()
        server.terminate()
        for name in ("", "tensorflow.serving.PredictionService", "half_plus_two"):
            serving.wait_until(lambda name=name: check(server, name) == NOT_SERVING, f"{name} is not ready", 3, every=0.001)
        with grpc.insecure_channel(f"127.0.0.1:{server.port}", options=OWN) as late:
            while time.monotonic() - began < 1.5:
                assert len(service(late).Predict(half_plus_two(), timeout=120).outputs["y"].float_val) == 3
                assert len(server.predict(half_plus_two()).outputs["y"].float_val) == 3
                time.sleep(0.02)
        server.expect_end()
        assert time.monotonic() - began >= 4


def test_what_takes_too_long_is_cut_off():
    with serving.Server("--drain_timeout_seconds=1", *SLOW, ready=["slow"]) as server:
        server.predict(slow(10))
        call = server.predictions.Predict.future(slow(6000), timeout=120)
        serving.wait_until(lambda: server.processor_seconds() > 0.3, "the call is being computed")
        began = time.monotonic()
        server.terminate()
        server.expect_end()
        assert 0.9 < time.monotonic() - began < 20
        assert call.code() == grpc.StatusCode.UNAVAILABLE
        assert "The time to finish calls is over" in server.log


@pytest.mark.parametrize("second", [signal.SIGTERM, signal.SIGINT])
def test_second_signal_ends_at_once(second):
    server = serving.Server("--drain_lag_seconds=60", *HALF, ready=["half_plus_two"])
    try:
        server.terminate()
        serving.wait_until(lambda: "Received signal 15" in server.log, "the signal was noticed", every=0.01)
        began = time.monotonic()
        server.process.send_signal(second)
        assert server.process.wait(30) == 128 + second
        assert time.monotonic() - began < 30
    finally:
        server.close(expect=None)


# The wire


def next_frame(connection, *kinds):
    """The next frame of these kinds; SETTINGS are acknowledged."""
    while True:
        got = connection.read_frame()
        assert got is not None, "the connection was closed"
        if got[0] == wire.SETTINGS and not got[1] & wire.ACK:
            connection.send(wire.frame(wire.SETTINGS, wire.ACK, 0))
        if got[0] in kinds:
            return got


def goaway(payload):
    return struct.unpack(">II", payload[:8])


def predict_body():
    return wire.message(half_plus_two().SerializeToString())


def test_goaway_comes_in_two_steps():
    with serving.Server(*HALF, ready=["half_plus_two"]) as server, wire.Connection(server.port) as connection:
        fields, _ = connection.answer(connection.open(wire.request_headers(), predict_body()))
        assert fields["grpc-status"] == "0"
        server.terminate()
        warning = next_frame(connection, wire.GOAWAY)
        assert goaway(warning[3]) == (EVERY_STREAM, 0)
        ping = next_frame(connection, wire.PING)
        # A request that crossed the warning is served.
        racing = connection.open(wire.request_headers(), predict_body())
        fields, body = connection.answer(racing)
        assert fields["grpc-status"] == "0" and body
        connection.send(wire.frame(wire.PING, wire.ACK, 0, ping[3]))
        last = next_frame(connection, wire.GOAWAY)
        assert goaway(last[3]) == (racing, 0)
        assert connection.drain()
        server.expect_end()


def test_peer_that_answers_no_ping_holds_the_end_up_for_a_second_only():
    with serving.Server(*HALF, ready=["half_plus_two"]) as server, wire.Connection(server.port) as connection:
        next_frame(connection, wire.SETTINGS)
        began = time.monotonic()
        server.terminate()
        assert goaway(next_frame(connection, wire.GOAWAY)[3])[0] == EVERY_STREAM
        assert goaway(next_frame(connection, wire.GOAWAY)[3])[0] == 0
        assert 0.8 < time.monotonic() - began < 20
        assert connection.drain()
        server.expect_end()


def test_request_of_a_connection_that_is_just_being_accepted_is_answered():
    """Clients that do not wait for the server's SETTINGS, and whose connections race with the signal."""
    for _ in range(5):
        with serving.Server(*HALF, ready=["half_plus_two"]) as server:
            connections = []
            os.kill(server.process.pid, signal.SIGSTOP)
            for _ in range(20):
                connection = wire.Connection(server.port)
                connections.append((connection, connection.open(wire.request_headers(), predict_body())))
            server.terminate()
            os.kill(server.process.pid, signal.SIGCONT)
            for connection, stream in connections:
                with connection:
                    fields, _ = connection.answer(stream)
                    assert fields.get("grpc-status") == "0", fields
            server.expect_end()


# The lives of connections


def arguments(*settings):
    return "--grpc_channel_arguments=" + ",".join(settings)


def test_old_connection_is_asked_to_go_and_no_call_is_lost():
    with serving.Server(arguments("grpc.max_connection_age_ms=200"), *HALF, ready=["half_plus_two"]) as server:
        with grpc.insecure_channel(f"127.0.0.1:{server.port}", options=OWN) as channel:
            load = Load(channel)
            time.sleep(1.5)
            load.stop()
            assert not load.failures, f"{len(load.failures)} calls failed beside {load.answers}: {load.failures[:3]}"
        with wire.Connection(server.port) as connection:
            began = time.monotonic()
            assert goaway(next_frame(connection, wire.GOAWAY)[3]) == (EVERY_STREAM, 0)
            assert time.monotonic() - began > 0.15
            connection.send(wire.frame(wire.PING, wire.ACK, 0, next_frame(connection, wire.PING)[3]))
            assert goaway(next_frame(connection, wire.GOAWAY)[3]) == (0, 0)
            assert connection.drain()


def test_calls_beyond_the_grace_of_an_old_connection_are_cut():
    flags = arguments("grpc.max_connection_age_ms=300", "grpc.max_connection_age_grace_ms=300")
    with serving.Server(flags, *SLOW) as server:
        serving.wait_until(lambda: "Successfully loaded" in server.log, "the model is loaded")
        with grpc.insecure_channel(f"127.0.0.1:{server.port}", options=OWN) as channel:
            began = time.monotonic()
            call = service(channel).Predict.future(slow(6000), timeout=120)
            assert call.code() == grpc.StatusCode.UNAVAILABLE
            assert 0.4 < time.monotonic() - began < 20


def test_idle_connection_is_asked_to_go():
    with serving.Server(arguments("grpc.max_connection_idle_ms=1500"), *HALF, ready=["half_plus_two"]) as server:
        with wire.Connection(server.port) as connection:
            for _ in range(4):
                time.sleep(0.5)
                fields, _ = connection.answer(connection.open(wire.request_headers(), predict_body()))
                assert fields["grpc-status"] == "0" and "goaway" not in fields
            assert goaway(next_frame(connection, wire.GOAWAY)[3]) == (EVERY_STREAM, 0)
            assert connection.drain()


def test_silent_connection_is_asked_whether_it_lives():
    flags = arguments("grpc.keepalive_time_ms=200", "grpc.keepalive_timeout_ms=2000")
    with serving.Server(flags, *HALF, ready=["half_plus_two"]) as server, wire.Connection(server.port) as connection:
        for _ in range(3):
            ping = next_frame(connection, wire.PING)
            connection.send(wire.frame(wire.PING, wire.ACK, 0, ping[3]))
        next_frame(connection, wire.PING)
        assert connection.drain()


def test_too_many_pings_end_a_connection_if_asked():
    flags = arguments("grpc.http2.min_recv_ping_interval_without_data_ms=60000", "grpc.http2.max_ping_strikes=2")
    with serving.Server(flags, *HALF, ready=["half_plus_two"]) as server, wire.Connection(server.port) as connection:
        connection.send(b"".join(wire.frame(wire.PING, 0, 0, bytes(8)) for _ in range(4)))
        kind, _, _, payload = next_frame(connection, wire.GOAWAY)
        assert goaway(payload)[1] == 11 and payload[8:] == b"too_many_pings"


def test_arguments_without_effect_are_said():
    flags = arguments("grpc.lb_policy_name=grpclb", "grpc.max_connection_age_ms=soon", "grpc.so_reuseaddr=1")
    with serving.Server(flags, *HALF, ready=["half_plus_two"]) as server:
        assert "grpc.lb_policy_name=grpclb in --grpc_channel_arguments has no effect" in server.log
        assert "grpc.max_connection_age_ms=soon in --grpc_channel_arguments has no effect: expected a number" in server.log
        assert "so_reuseaddr" not in server.log


def test_two_servers_share_a_port_if_asked():
    flags = [arguments("grpc.so_reuseport=1"), *HALF]
    with serving.Server(*flags, ready=["half_plus_two"]) as first:
        with serving.Server(*flags, port=first.port) as second:
            serving.wait_until(lambda: "Running gRPC" in second.log or not second.alive, "the second server is up")
            assert second.alive


def test_streams_beyond_the_limit_wait_at_the_client():
    flags = arguments("grpc.max_concurrent_streams=2")
    with serving.Server(flags, *HALF, ready=["half_plus_two"]) as server, wire.Connection(server.port) as connection:
        settings = next_frame(connection, wire.SETTINGS)[3]
        assert (3, 2) in list(struct.iter_unpack(">HI", settings))
        calls = [server.predictions.Predict.future(half_plus_two(), timeout=120) for _ in range(50)]
        assert all(len(call.result().outputs["y"].float_val) == 3 for call in calls)
