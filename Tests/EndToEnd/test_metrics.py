"""Metrics as Prometheus sees them, probes, logs and traces of the real server."""

import contextlib
import http.client
import http.server
import json
import os
import re
import subprocess
import threading
import urllib.parse

import grpc
import pytest

import serving

ROOT = serving.ROOT
TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = "b7ad6b7169203331"


def get(port, target, method="GET", body=None, headers=None):
    """(status, content type, text) of an HTTP request to this machine."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    try:
        connection.request(method, target, body, headers or {})
        answer = connection.getresponse()
        return answer.status, answer.getheader("Content-Type"), answer.read().decode()
    finally:
        connection.close()


def samples(text):
    """{(name, (label, value)...): number} of a Prometheus text."""
    found = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            name, labels, value = re.fullmatch(r"([\w:]+)\{(.*)\} (\S+)", line).groups()
            found[(name, *re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', labels))] = float(value)
    return found


def total(text, name, **labels):
    """The sum of all samples of `name` that have these labels."""
    wanted = set(labels.items())
    return sum(value for (found, *rest), value in samples(text).items() if found == name and wanted <= set(rest))


class Monitored(serving.Server):
    """A server with a REST port."""

    def __init__(self, *flags, **options):
        self.rest = serving.free_port()
        super().__init__(f"--rest_api_port={self.rest}", *flags, **options)

    def get(self, target, method="GET", **options):
        return get(self.rest, target, method, **options)

    @property
    def metrics(self):
        status, _, text = self.get("/metrics")
        assert status == 200, text
        return text


HALF_PLUS_TWO = ("--model_name=half_plus_two", f"--model_base_path={serving.HALF_PLUS_TWO}")


@pytest.fixture(scope="module")
def monitored(tmp_path_factory):
    """A server with two models, one of them batched, that has answered some calls."""
    folder = tmp_path_factory.mktemp("monitored")
    models = serving.config(folder / "models.config", {"half_plus_two": serving.HALF_PLUS_TWO, "digits": serving.DIGITS})
    with Monitored(f"--model_config_file={models}", "--enable_batching", ready=["half_plus_two", "digits"]) as server:
        for _ in range(5):
            server.predict(serving.half_plus_two())
        for index in range(20):
            code, _ = serving.refusal(lambda: server.predict(serving.predict_request(f"guess{index}", {})))
            assert code == grpc.StatusCode.NOT_FOUND
        yield server


# Names and labels


def test_both_paths_answer(monitored):
    status, kind, text = monitored.get("/monitoring/prometheus/metrics")
    assert (status, kind) == (200, "text/plain")
    assert "# TYPE :tensorflow:serving:request_count counter" in text
    assert "# TYPE :tensorflow:serving:request_log_count counter" in text
    assert "# TYPE :tensorflow:serving:mlmd_map gauge" in text
    status, kind, own = monitored.get("/metrics")
    assert status == 200 and kind.startswith("text/plain; version=0.0.4")
    assert {line for line in own.splitlines() if line.startswith("# TYPE")} == {
        line for line in text.splitlines() if line.startswith("# TYPE")
    }


def test_query_is_refused_in_the_references_words(monitored):
    target = "/monitoring/prometheus/metrics?a=b"
    assert monitored.get(target) == (
        400,
        "text/plain",
        f"Unexpected path: {target}. Should be /monitoring/prometheus/metrics",
    )


def test_requests_are_counted_under_both_names(monitored):
    before = monitored.metrics
    for _ in range(3):
        monitored.predict(serving.half_plus_two())
    after = monitored.metrics

    def growth(name, **labels):
        return total(after, name, **labels) - total(before, name, **labels)

    assert growth(":tensorflow:serving:request_count", model_name="half_plus_two", status="OK") == 3
    api = {"model_name": "half_plus_two", "API": "Predict"}
    assert growth(":tensorflow:serving:request_latency_count", entrypoint="GRPC", **api) == 3
    assert growth(":tensorflow:serving:runtime_latency_count", runtime="TF1", **api) == 3
    assert growth(":tensorflow:core:direct_session_runs") == 3
    own = {
        "model": "half_plus_two",
        "version": "1",
        "signature": "serving_default",
        "method": "Predict",
        "transport": "grpc",
    }
    assert growth("model_server_requests_total", code="OK", **own) == 3
    for name in ("request_duration", "queue_duration", "compute_duration"):
        assert growth(f"model_server_{name}_seconds_count", **own) == 3


def test_unknown_models_share_one_series(monitored):
    text = monitored.metrics
    assert "guess" not in text
    assert total(text, ":tensorflow:serving:request_count", model_name="(unknown)", status="NOT_FOUND") == 20
    unknown = [key for key in samples(text) if key[0] == "model_server_requests_total" and ("model", "(unknown)") in key]
    assert len(unknown) == 1


def test_models_and_loads_are_shown(monitored):
    text = monitored.metrics
    path = os.path.join(serving.HALF_PLUS_TWO, "1")
    assert total(text, ":tensorflow:cc:saved_model:load_attempt_count", model_path=path, status="success") == 1
    assert total(text, ":tensorflow:cc:saved_model:load_latency", model_path=path) > 0
    assert total(text, "model_server_load_duration_seconds_count", model="digits", result="success") == 1
    assert total(text, "model_server_model_available", model="digits") == 1
    assert total(text, "model_server_model_versions", model="digits", state="AVAILABLE") == 1
    assert total(text, "model_server_model_memory_bytes", model="digits") > 1000
    assert total(text, "model_server_ready") == 1
    assert total(text, "process_resident_memory_bytes") == pytest.approx(monitored.memory(), rel=0.2)
    assert total(text, "model_server_connections", transport="grpc") >= 1


def test_own_metrics_are_as_prometheus_wants_them(monitored):
    own = [line for line in monitored.metrics.splitlines() if not re.match(r"(# TYPE )?:", line)]
    check = subprocess.run(["promtool", "check", "metrics"], input="\n".join(own) + "\n", text=True, capture_output=True)
    assert check.returncode == 0, check.stdout + check.stderr


# Prometheus itself


@contextlib.contextmanager
def prometheus(folder, target):
    """A real Prometheus that scrapes 127.0.0.1:`target`; yields what asks its API."""
    port = serving.free_port()
    config = folder / "prometheus.yml"
    config.write_text(f"""
global: {{scrape_interval: 1s, evaluation_interval: 1s}}
rule_files: ["{ROOT}/deploy/prometheus-alerts.yml"]
scrape_configs:
  - job_name: model_server
    static_configs: [{{targets: ["127.0.0.1:{target}"]}}]
""")
    with open(folder / "prometheus.log", "wb") as log:
        process = subprocess.Popen(
            ["prometheus", f"--config.file={config}", f"--storage.tsdb.path={folder}/data",
             f"--web.listen-address=127.0.0.1:{port}"],
            stdout=log, stderr=log,
        )

    def ask(path, **parameters):
        try:
            _, _, text = get(port, f"/api/v1/{path}?{urllib.parse.urlencode(parameters)}")
        except OSError:
            assert process.poll() is None, (folder / "prometheus.log").read_text()[-4000:]
            return None
        # Before it is ready it answers in words.
        return json.loads(text) if text.startswith("{") else None

    try:
        yield ask
    finally:
        process.terminate()
        process.wait(20)


def dashboard_queries():
    with open(os.path.join(ROOT, "deploy", "grafana-dashboard.json")) as file:
        board = json.load(file)
    for panel in board["panels"]:
        for query in panel.get("targets", []):
            yield query["expr"]


def metric_names(query):
    """The metrics that a query or a file of queries names, without the endings of histograms."""
    names = set(re.findall(r"\b((?:model_server|process)_[a-z_]+)\b", query))
    return {re.sub(r"_(bucket|sum|count)$", "", name) for name in names} - {"model_server"}


def test_prometheus_scrapes_the_server_and_knows_all_queries(monitored, tmp_path):
    def value(ask, query):
        answer = ask("query", query=query)
        return answer and [float(sample["value"][1]) for sample in answer["data"]["result"]]

    with prometheus(tmp_path, monitored.rest) as ask:
        serving.wait_until(lambda: value(ask, "up") == [1.0], "Prometheus has scraped the server", 60)
        expected = total(monitored.metrics, "model_server_requests_total", code="OK", method="Predict")
        query = 'sum(model_server_requests_total{code="OK",method="Predict"})'
        serving.wait_until(lambda: value(ask, query) == [expected], f"Prometheus sees {expected} requests", 60)
        assert value(ask, ':tensorflow:serving:request_count{model_name="half_plus_two",status="OK"}')
        for query in dashboard_queries():
            query = query.replace("$__rate_interval", "1m")
            query = re.sub(r"\$(job|instance|model)", ".*", query)
            answer = ask("query", query=query)
            assert answer["status"] == "success", (query, answer)

        def rules():
            answer = ask("rules")
            found = [rule for group in answer["data"]["groups"] for rule in group["rules"]]
            return found if all(rule["health"] != "unknown" for rule in found) else None

        found = serving.wait_until(rules, "the alerts have been looked at", 60)
        assert len(found) >= 10
        assert all(rule["health"] == "ok" for rule in found), found
        assert not [rule["name"] for rule in found if rule["state"] == "firing"]


def test_dashboard_and_alerts_name_existing_metrics(monitored):
    existing = set(re.findall(r"^# TYPE (\S+)", monitored.metrics, re.MULTILINE))
    with open(os.path.join(ROOT, "deploy", "prometheus-alerts.yml")) as file:
        expressions = re.findall(r"expr: (.*(?:\n {10,}.*)*)", file.read())
    assert len(expressions) >= 10
    # There are spans only with a collector.
    wanted = metric_names("\n".join([*expressions, *dashboard_queries()])) - {"model_server_spans_total"}
    assert wanted and wanted <= existing, wanted - existing


def test_alerts_are_valid():
    check = subprocess.run(
        ["promtool", "check", "rules", os.path.join(ROOT, "deploy", "prometheus-alerts.yml")],
        text=True, capture_output=True,
    )
    assert check.returncode == 0, check.stdout + check.stderr


def test_every_metric_is_documented(monitored):
    with open(os.path.join(ROOT, "Documentation", "monitoring.md")) as file:
        text = file.read()
    missing = [name for name in re.findall(r"^# TYPE (\S+)", monitored.metrics, re.MULTILINE) if f"`{name}`" not in text]
    assert not missing


# The configuration file


def test_configured_path_answers(tmp_path):
    file = tmp_path / "monitoring.config"
    file.write_text('prometheus_config { enable: true path: "/my/metrics" }')
    with Monitored(*HALF_PLUS_TWO, f"--monitoring_config_file={file}", ready=["half_plus_two"]) as server:
        assert server.get("/my/metrics")[0] == 200
        assert server.get("/metrics")[0] == 200
        assert server.get("/monitoring/prometheus/metrics")[0] == 404


def test_metrics_can_be_turned_off(tmp_path):
    file = tmp_path / "monitoring.config"
    file.write_text("prometheus_config { enable: false }")
    with Monitored(*HALF_PLUS_TWO, f"--monitoring_config_file={file}", ready=["half_plus_two"]) as server:
        assert server.get("/metrics")[0] == 404
        assert server.get("/monitoring/prometheus/metrics")[0] == 404
        assert server.get("/healthz/live")[0] == 200


# Probes


def test_probes_follow_the_life_of_the_server(tmp_path):
    base = tmp_path / "model"
    base.mkdir()
    flags = ("--model_name=half_plus_two", f"--model_base_path={base}", "--drain_lag_seconds=3")
    with Monitored(*flags) as server:
        def answers(target, status):
            with contextlib.suppress(OSError):
                return server.get(target)[0] == status

        serving.wait_until(lambda: answers("/healthz/live", 200), "the server lives")
        # An empty base path keeps nobody waiting, but the model can't be asked.
        serving.wait_until(lambda: answers("/healthz/ready", 200), "the base path was looked at")
        status, kind, text = server.get("/healthz/ready?require=all")
        assert (status, kind) == (503, "application/json")
        assert json.loads(text)["missing"] == [{"model": "half_plus_two", "reason": "no version has been found"}]
        os.symlink(os.path.join(serving.HALF_PLUS_TWO, "1"), base / "1")
        serving.wait_until(lambda: answers("/healthz/ready?model=half_plus_two", 200), "the model is served", 60)
        assert server.get("/healthz/startup")[0] == 200
        server.terminate()
        serving.wait_until(lambda: answers("/healthz/ready", 503), "the server says that it ends", 3)
        assert server.get("/healthz/live")[0] == 200
        server.expect_end()


# Logs


def test_json_log_has_one_object_a_line():
    flags = (*HALF_PLUS_TWO, "--log_format=json", "--access_log_sampling=1")
    with Monitored(*flags, ready=["half_plus_two"]) as server:
        metadata = [("traceparent", f"00-{TRACE}-{PARENT}-01")]
        request = serving.half_plus_two()
        answer = server.predict(request, metadata=metadata)
        serving.refusal(lambda: server.predict(serving.predict_request("no\nsuch", {})))

        def requests():
            lines = [json.loads(line) for line in server.log.splitlines()]
            assert all({"time", "severity", "event"} <= set(line) for line in lines)
            found = [line for line in lines if line["event"] == "request" and line["method"] == "Predict"]
            return found if len(found) >= 2 else None

        first, second = serving.wait_until(requests, "the requests are in the log")[:2]
        assert first["model"] == "half_plus_two" and first["version"] == 1 and first["code"] == "OK"
        assert first["transport"] == "grpc" and first["trace_id"] == TRACE
        assert first["request_bytes"] == request.ByteSize() and first["response_bytes"] == answer.ByteSize()
        assert first["duration_us"] >= first["compute_us"] >= 0
        assert second["code"] == "NOT_FOUND" and second["model"] == "no\nsuch" and "response_bytes" not in second


def test_calls_over_rest_are_counted_and_logged():
    with Monitored(*HALF_PLUS_TWO, "--access_log_sampling=1", ready=["half_plus_two"]) as server:
        body = json.dumps({"instances": [1.0, 2.0]})
        headers = {"traceparent": f"00-{TRACE}-{PARENT}-01"}
        status, _, text = server.get("/v1/models/half_plus_two:predict", "POST", body=body, headers=headers)
        assert (status, json.loads(text)) == (200, {"predictions": [2.5, 3.0]})
        assert server.get("/v1/models/half_plus_two")[0] == 200
        text = server.metrics
        own = {"model": "half_plus_two", "transport": "rest", "code": "OK"}
        assert total(text, "model_server_requests_total", method="Predict", version="1", **own) == 1
        assert total(text, "model_server_requests_total", method="GetModelStatus", **own) == 1
        latency = ":tensorflow:serving:request_latency_count"
        for api in ("predict", ""):
            assert total(text, latency, model_name="half_plus_two", API=api, entrypoint="REST") == 1
        line = serving.wait_until(
            lambda: [line for line in server.log.splitlines() if "transport=rest" in line and TRACE in line], "the line"
        )[0]
        assert "method=Predict" in line and f"request_bytes={len(body)}" in line


def test_log_keeps_tensorflows_layout_without_flags():
    with Monitored(*HALF_PLUS_TWO, ready=["half_plus_two"]) as server:
        server.predict(serving.half_plus_two())
        lines = server.log.splitlines()
        assert lines and all(re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}: [IWE] \S+:\d+\] ", line) for line in lines)
        assert "access]" not in server.log


def test_requests_do_not_wait_for_who_reads_the_log(tmp_path):
    port, rest = serving.free_port(), serving.free_port()
    command = [serving.BINARY, f"--port={port}", f"--rest_api_port={rest}", *HALF_PLUS_TWO, "--access_log_sampling=1"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=tmp_path) as process:
        try:
            def lives():
                with contextlib.suppress(OSError):
                    return get(rest, "/healthz/live")[0] == 200

            serving.wait_until(lives, "the server lives")
            with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
                stub = serving.prediction_service_pb2_grpc.PredictionServiceStub(channel)
                # Long names fill the queue of lines sooner.
                request = serving.predict_request("\U0001f600" * 200, {})
                for _ in range(24):
                    calls = [stub.Predict.future(request, timeout=120) for _ in range(500)]
                    assert {call.code() for call in calls} == {grpc.StatusCode.NOT_FOUND}
            assert total(get(rest, "/metrics")[2], "model_server_log_lines_dropped_total") > 0
            process.terminate()
            assert process.wait(30) == 0
        finally:
            if process.poll() is None:
                process.kill()


# Traces


class Collector(http.server.BaseHTTPRequestHandler):
    """Keeps the spans that are posted to it."""

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.server.lock:
            self.server.requests.append((self.path, dict(self.headers), body))
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def collector():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    server.lock, server.requests = threading.Lock(), []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def spans(server):
    with server.lock:
        requests = list(server.requests)
    return [
        span
        for _, _, body in requests
        for resource in body["resourceSpans"]
        for scope in resource["scopeSpans"]
        for span in scope["spans"]
    ]


def test_spans_reach_a_collector(monkeypatch):
    with collector() as sink:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{sink.server_port}")
        monkeypatch.setenv("OTEL_SERVICE_NAME", "half")
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-key=secret")
        with Monitored(*HALF_PLUS_TWO, ready=["half_plus_two"]) as server:
            sampled, other = "00-%s-%s-01", "00-%s-%s-00"
            server.predict(serving.half_plus_two(), metadata=[("traceparent", sampled % (TRACE, PARENT))])
            server.predict(serving.half_plus_two(), metadata=[("traceparent", other % ("1" * 32, PARENT))])
            mine = serving.wait_until(
                lambda: [span for span in spans(sink) if span["traceId"] == TRACE], "the spans arrive", 30
            )
        assert not [span for span in spans(sink) if span["traceId"] == "1" * 32]
        path, headers, body = sink.requests[0]
        assert path == "/v1/traces" and headers["Content-Type"] == "application/json" and headers["x-key"] == "secret"
        resource = {entry["key"]: entry["value"] for entry in body["resourceSpans"][0]["resource"]["attributes"]}
        assert resource["service.name"] == {"stringValue": "half"}
        by_name = {span["name"]: span for span in mine}
        assert set(by_name) == {"grpc Predict", "queue", "compute"}
        request = by_name["grpc Predict"]
        assert request["parentSpanId"] == PARENT and request["kind"] == 2
        for name in ("queue", "compute"):
            span = by_name[name]
            assert span["parentSpanId"] == request["spanId"]
            assert int(request["startTimeUnixNano"]) <= int(span["startTimeUnixNano"]) <= int(span["endTimeUnixNano"])
        attributes = {entry["key"]: entry["value"] for entry in request["attributes"]}
        assert attributes["model_server.model"] == {"stringValue": "half_plus_two"}
        assert attributes["model_server.version"] == {"intValue": "1"}


def test_collector_that_is_away_disturbs_nobody(monkeypatch):
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{serving.free_port()}")
    with Monitored(*HALF_PLUS_TWO, ready=["half_plus_two"]) as server:
        server.predict(serving.half_plus_two())
        serving.wait_until(
            lambda: total(server.metrics, "model_server_spans_total", result="failed") > 0, "the loss is counted", 30
        )
        assert server.log.count("Spans can't be exported") == 1


def test_encrypted_collector_is_refused_in_words(monkeypatch):
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "https://127.0.0.1:4318")
    with Monitored(*HALF_PLUS_TWO, ready=["half_plus_two"]) as server:
        assert "this server exports spans over plain http only" in server.log
        assert "model_server_spans_total" not in server.metrics
