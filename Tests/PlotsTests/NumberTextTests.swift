import Testing

@testable import Plots

@Test func significantDigitsAreKept() {
    let texts = [0, 1, 0.012345, 1.5, 12.345, 123.45, 12345.6, 0.9996, 999.6, -2.5].map { NumberText.significant($0) }
    #expect(texts == ["0", "1.00", "0.0123", "1.50", "12.3", "123", "12300", "1.00", "1000", "-2.50"])
    #expect(NumberText.significant(.nan) == "nan" && NumberText.significant(-.infinity) == "-inf")
    #expect(NumberText.significant(3.14159, digits: 1) == "3")
}

@Test func axisNumbersAreShort() {
    let texts = [0, 0.25, 999, 1000, 1500, 12_345, 999_600, 2e7, 3.5e9, -4000, 1.25e15, 1e308].map(NumberText.short)
    #expect(texts == ["0", "0.25", "999", "1k", "1.5k", "12.3k", "1M", "20M", "3.5G", "-4k", "1.3e15", "1e308"])
    for extreme in [Double.greatestFiniteMagnitude, .leastNonzeroMagnitude, -1e300, 1e-300] {
        #expect(!NumberText.short(extreme).isEmpty && !NumberText.significant(extreme).isEmpty)
    }
}
