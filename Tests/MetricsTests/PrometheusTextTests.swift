import Testing

@testable import Metrics

@Test func samplesHaveTheReferencesLayout() {
    var text = PrometheusText()
    text.addCounter(
        "/tensorflow/serving/request_count",
        [(labels: [(name: "model_name", value: "m"), (name: "status", value: "OK")], value: 1)])
    text.addCounter("/a/b-c", [])
    text.addGauge("/g", [(labels: [], value: -3)])
    #expect(
        text.text == """
            # TYPE :tensorflow:serving:request_count counter
            :tensorflow:serving:request_count{model_name="m",status="OK"} 1
            # TYPE :a:b:c counter
            # TYPE :g gauge
            :g{} -3

            """)
}

@Test func histogramIsCumulative() {
    let histogram = Histogram(first: 10, growth: 1.8, count: 3)
    for value in [5.0, 11, 20, 1_000_000] { histogram.observe(value) }
    var text = PrometheusText()
    text.addHistogram(
        "/h", limits: histogram.limits, [(labels: [(name: "a b", value: "x")], value: histogram.snapshot())])
    #expect(
        text.text == """
            # TYPE :h histogram
            :h_bucket{a_b="x",le="10"} 1
            :h_bucket{a_b="x",le="18"} 2
            :h_bucket{a_b="x",le="32.4"} 3
            :h_bucket{a_b="x",le="+Inf"} 4
            :h_sum{a_b="x"} 1000036
            :h_count{a_b="x"} 4

            """)
}

@Test func labelValuesCannotBreakOut() {
    #expect(PrometheusText.escaped("a\"} 1\n\\é") == "a\\\"} 1\\n\\\\é")
    #expect(PrometheusText.sanitized("a.é/b_9", replacement: ":") == "a:::b_9")
}

@Test func helpStandsBeforeTheType() {
    var text = PrometheusText()
    text.add(.gauge, "model_server_x", help: "Two\nlines, a \\ and a \"quote\".", [(labels: [], value: 0.125)])
    #expect(
        text.text == """
            # HELP model_server_x Two\\nlines, a \\\\ and a "quote".
            # TYPE model_server_x gauge
            model_server_x{} 0.125

            """)
}

@Test func numbersKeepTheirDigits() {
    #expect(PrometheusText.number(1_000_000_001) == "1000000001")
    #expect(PrometheusText.number(1234567.25) == "1234567.25")
    #expect(PrometheusText.number(-0.1) == "-0.1")
    #expect(PrometheusText.number(1e300) == "1e+300")
    #expect(PrometheusText.number(.infinity) == "+Inf" && PrometheusText.number(.nan) == "NaN")
}
