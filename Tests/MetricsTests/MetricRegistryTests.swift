import Synchronization
import Testing

@testable import Metrics

@Suite struct MetricRegistryTests {
    @Test func seriesAreFoundAgain() {
        let family = MetricRegistry().counters("/a", labels: ["x", "y"])
        family.metric(["1", "2"]).increment()
        family.metric(["1", "2"]).increment()
        family.metric(["2", "1"]).increment()
        #expect(family.samples.map(\.values) == [["1", "2"], ["2", "1"]])
        #expect(family.samples.map(\.metric.value) == [2, 1])
    }

    @Test func seriesBeyondTheLimitShareOne() {
        let family = MetricRegistry().counters("/a", labels: ["x", "y"], limit: 2)
        for index in 0..<100 { family.metric(["\(index)", "y"]).increment() }
        #expect(family.samples.map(\.values) == [["(other)", "(other)"], ["0", "y"], ["1", "y"]])
        #expect(family.samples.map(\.metric.value) == [98, 1, 1])
        family.metric(["1", "y"]).increment()
        #expect(family.metric(["1", "y"]).value == 2)
    }

    @Test func whatIsRemovedMakesRoom() {
        let family = MetricRegistry().counters("/a", labels: ["x"], limit: 1)
        family.metric(["old"]).increment()
        family.metric(["new"]).increment()
        family.removeAll { $0 == ["old"] }
        family.metric(["new"]).increment()
        #expect(family.samples.map(\.values) == [["(other)"], ["new"]])
    }

    @Test func theTextHasAllMetricsInOrder() {
        let registry = MetricRegistry()
        let histogram = registry.histograms("/b/h", labels: ["m"], limits: [1, 2])
        histogram.metric(["x"]).observe(2)
        registry.addCounter("/c") { 7 }
        _ = registry.counters("/a/none", labels: ["m"])
        registry.counters("/b/c").metric([]).increment()
        #expect(
            registry.text == """
                # TYPE :a:none counter
                # TYPE :b:c counter
                :b:c{} 1
                # TYPE :b:h histogram
                :b:h_bucket{m="x",le="1"} 0
                :b:h_bucket{m="x",le="2"} 1
                :b:h_bucket{m="x",le="+Inf"} 1
                :b:h_sum{m="x"} 2
                :b:h_count{m="x"} 1
                # TYPE :c counter
                :c{} 7

                """)
    }

    @Test func whatIsKeptElsewhereIsAskedWhenTheTextIsMade() {
        let registry = MetricRegistry()
        let gauge = Gauge()
        registry.addGauge("model_server_g") { Double(gauge.value) }
        registry.addGauge("model_server_none") { nil }
        registry.add(.counter, "model_server_seconds_total", labels: ["kind"], help: "Time.") {
            [(values: ["a"], value: 0.5), (values: ["b"], value: 2)]
        }
        gauge.set(7)
        #expect(
            registry.text == """
                # TYPE model_server_g gauge
                model_server_g{} 7
                # TYPE model_server_none gauge
                # HELP model_server_seconds_total Time.
                # TYPE model_server_seconds_total counter
                model_server_seconds_total{kind="a"} 0.5
                model_server_seconds_total{kind="b"} 2

                """)
    }
}
