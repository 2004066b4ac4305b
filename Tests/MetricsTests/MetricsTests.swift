import Metrics
import Testing

@Test func counterGrows() {
    let counter = Counter()
    counter.increment()
    counter.increment(by: 5)
    #expect(counter.value == 6)
}

@Test func gaugeGoesUpAndDown() {
    let gauge = Gauge()
    gauge.set(3)
    gauge.add(-5)
    #expect(gauge.value == -2)
}

@Test func observationBelongsToTheFirstBucketThatHoldsIt() {
    let histogram = Histogram(limits: [1, 10, 100])
    for value in [0.5, 1, 1.5, 10, 99, 100, 101, -3, .infinity, .nan] { histogram.observe(value) }
    #expect(histogram.snapshot().counts == [3, 2, 2, 2])
    #expect(histogram.snapshot().count == 9)
}

@Test func limitsGrowGeometrically() {
    #expect(Histogram(first: 10, growth: 2, count: 4).limits == [10, 20, 40, 80])
    #expect(Histogram(limits: []).snapshot().counts == [0])
}
