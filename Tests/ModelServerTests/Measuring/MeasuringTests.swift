import Profiling
import ServingCore
import Synchronization
import Tensors
import TestSupport
import Testing
import Threading

@testable import ModelServer

@Suite struct RunTimesTests {
    @Test func percentilesAreThoseOfTheSample() {
        var times = RunTimes()
        for time in 1...200 { times.add(UInt64(time)) }
        #expect(times.percentiles([0, 0.5, 0.99, 1]) == [1, 100, 198, 200])
        #expect(times.count == 200 && times.total == 20_100 && times.minimum == 1)
        #expect(RunTimes().percentiles([0.5]) == [0] && RunTimes().uncertainty == 1)
    }

    @Test func memoryIsBoundedAndTheSampleFair() {
        var times = RunTimes(capacity: 1000)
        for time in 0..<100_000 { times.add(UInt64(time)) }
        var other = RunTimes(capacity: 1000, seed: 7)
        for time in 100_000..<200_000 { other.add(UInt64(time)) }
        times.add(other)
        let found = times.percentiles([0.25, 0.5, 0.75]).map { Double($0) }
        #expect(times.count == 200_000)
        for (value, expected) in zip(found, [50_000.0, 100_000, 150_000]) { #expect(abs(value - expected) < 15_000) }
    }

    @Test func uncertaintyShrinksWithRuns() {
        var few = RunTimes()
        for time in [80, 118, 141] as [UInt64] { few.add(time) }
        var many = RunTimes()
        for _ in 0..<100 { for time in [80, 118, 141] as [UInt64] { many.add(time) } }
        #expect(few.uncertainty > 0.1 && few.uncertainty < 0.3 && many.uncertainty < few.uncertainty / 5)
    }
}

@Suite struct RunBurstTests {
    @Test func everyRunnerRunsAtLeastOnce() throws {
        let threads = ThreadPool(name: "t", threadCount: 3)
        defer { threads.stop() }
        let seen = Mutex<Set<UInt>>([])
        let burst = try RunBurst.measure(3, on: threads, nanoseconds: 0) { () throws(Status) in
            _ = seen.withLock { $0.insert(Thread.currentIdentity) }
        }
        #expect(burst.times.count == 3 && seen.withLock { $0.count } == 3 && burst.rate >= 0)
        #expect(try RunBurst.measure(7, on: threads, nanoseconds: 0) { () throws(Status) in }.times.count == 7)
    }

    @Test func progressIsTold() throws {
        let threads = ThreadPool(name: "t", threadCount: 1)
        defer { threads.stop() }
        var told: [UInt64] = []
        _ = try RunBurst.measure(1, on: threads, nanoseconds: 600_000_000, progress: { told.append($0) }) {
            () throws(Status) in
        }
        #expect(told.count >= 2 && told == told.sorted())
    }

    @Test func failureIsThrown() {
        let threads = ThreadPool(name: "t", threadCount: 2)
        defer { threads.stop() }
        let runs = Atomic<Int>(0)
        #expect(throws: Status.invalidArgument("third")) {
            try RunBurst.measure(2, on: threads, nanoseconds: 50_000_000) { () throws(Status) in
                if runs.add(1, ordering: .relaxed).newValue == 3 { throw .invalidArgument("third") }
            }
        }
    }
}

@Suite struct MadeUpRowsTests {
    private func tensor(_ dataType: DataType, _ range: MadeUpRows.Range, seed: UInt64 = 1) -> Tensor? {
        var rows = MadeUpRows(seed: seed, range: range)
        return rows.tensor(dataType, [50, 4])
    }

    @Test(arguments: DataType.allCases) func everyTypeIsMadeUpTheSameEachTime(_ dataType: DataType) throws {
        let isPossible = ![.resource, .variant, .invalid].contains(dataType)
        for range in MadeUpRows.Range.allCases {
            let first = tensor(dataType, range)
            #expect((first != nil) == isPossible)
            guard let first, let second = tensor(dataType, range) else { continue }
            #expect(first.dataType == dataType && first.shape == [50, 4] && first.bytes.elementsEqual(second.bytes))
            let isZero = first.bytes.allSatisfy { $0 == 0 }
            #expect(isZero == (range == .zero || dataType == .string))
        }
    }

    @Test func numbersKeepToTheirRange() throws {
        let floats = try #require(tensor(.float, .wide)).array(Float.self)
        #expect(floats.allSatisfy { $0 >= 0 && $0 < 1 } && Set(floats).count > 100)
        let wide = try #require(tensor(.int64, .wide)).array(Int64.self)
        #expect(wide.allSatisfy { (0..<1000).contains($0) } && wide.max()! > 500)
        #expect(try #require(tensor(.int32, .narrow)).array(Int32.self).allSatisfy { $0 == 0 || $0 == 1 })
        #expect(try #require(tensor(.int8, .wide)).array(Int8.self).allSatisfy { $0 >= 0 })
        let truths = try #require(tensor(.bool, .wide))
        #expect(truths.bytes.allSatisfy { $0 <= 1 } && truths.bytes.contains(1))
        #expect(try #require(tensor(.float, .wide, seed: 3)).array(Float.self) != floats)
    }

    @Test func impossibleSizesAreRefused() {
        var rows = MadeUpRows(range: .zero)
        #expect(rows.tensor(.float, [1 << 40, 1 << 40]) == nil)
    }
}

@Suite struct BatchFeedsTests {
    @Test func rowsAreRepeatedInTheirOrder() throws {
        let feeds = BatchFeeds(rows: [Tensor([1, 2, 3] as [Float]), Tensor([7, 8] as [Int32], shape: [1, 2])])
        let batch = try feeds.batch(5, from: 1)
        #expect(batch[0].array(Float.self) == [2, 3, 1, 2, 3] && batch[0].shape == [5])
        #expect(batch[1].array(Int32.self) == [7, 8, 7, 8, 7, 8, 7, 8, 7, 8] && batch[1].shape == [5, 2])
        #expect(feeds.bytesPerRow == 12)
    }

    @Test func stringsOutliveTheirSource() throws {
        var feeds: BatchFeeds? = BatchFeeds(rows: [Tensor(texts: ["a long enough text", "b"], shape: [2])])
        let batch = try #require(feeds).batch(3)
        feeds = nil
        #expect(batch[0].texts == ["a long enough text", "b", "a long enough text"])
    }

    @Test func tooLargeBatchesAreRefused() {
        #expect(throws: Status.self) { try BatchFeeds(rows: [Tensor([1] as [Float])]).batch(.max / 2) }
    }
}

@Suite struct RowComparisonTests {
    private func difference(_ batch: Tensor, _ single: [Tensor]) -> String? {
        RowComparison.difference(batch: [batch], single: single.map { [$0] }, names: ["y"])
    }

    @Test func roundingIsNoDifference() {
        #expect(difference(Tensor([1, 2.0001] as [Float]), [Tensor([1] as [Float]), Tensor([2] as [Float])]) == nil)
        #expect(difference(Tensor([Float.nan, 1e-30]), [Tensor([Float.nan]), Tensor([2e-30] as [Float])]) != nil)
        let sum = difference(Tensor([1, 3] as [Float]), [Tensor([1] as [Float]), Tensor([2] as [Float])])
        #expect(sum == "output y of row 2 is another when 2 rows run together than alone")
    }

    @Test func wholeNumbersAndTextsMustBeEqual() {
        #expect(difference(Tensor([1, 2] as [Int32]), [Tensor([1] as [Int32]), Tensor([2] as [Int32])]) == nil)
        #expect(difference(Tensor([1, 2] as [Int32]), [Tensor([1] as [Int32]), Tensor([3] as [Int32])]) != nil)
        let texts = Tensor(texts: ["a", "b"], shape: [2])
        let alone = ["a", "b"].map { Tensor(texts: [$0], shape: [1]) }
        #expect(difference(texts, alone) == nil && difference(texts, alone.reversed()) != nil)
    }

    @Test func otherShapesAreADifference() {
        let batch = Tensor([1, 2, 3, 4] as [Float], shape: [2, 2])
        let alone = Tensor([1] as [Float], shape: [1, 1])
        #expect(difference(batch, [alone, alone])?.contains("rows of another shape") == true)
    }

    @Test func shortFractionsAreReadAsNumbers() {
        func half(_ values: [Float16]) -> Tensor {
            Tensor(values.map(\.bitPattern)).bitcast(to: .half, shape: [values.count])
        }
        #expect(difference(half([1, 0.5]), [half([1]), half([0.5005])]) == nil)
        #expect(difference(half([1, 0.5]), [half([1]), half([0.6])]) != nil)
        let near: [UInt16] = [0x3f80, 0x3f81]
        func brain(_ values: [UInt16]) -> Tensor { Tensor(values).bitcast(to: .bfloat16, shape: [values.count]) }
        #expect(difference(brain(near), [brain([0x3f80]), brain([0x3f80])]) == nil)
        #expect(difference(brain([0x3f80, 0x4000]), [brain([0x3f80]), brain([0x3f80])]) != nil)
    }
}

@Suite struct MeasureTextTests {
    @Test func durationsAndRatesAreReadable() {
        let times: [UInt64] = [0, 850, 999, 1000, 12_345, 4_560_000, 999_600_000, 1_230_000_000, .max]
        #expect(
            times.prefix(8).map(Readable.duration) == [
                "0 ns", "850 ns", "999 ns", "1.00 µs", "12.3 µs", "4.56 ms", "1.00 s", "1.23 s",
            ])
        #expect(!Readable.duration(.max).isEmpty)
        #expect([0, 0.5, 12.34, 853.4, 17_812_345].map(Readable.rate) == ["0", "0.500", "12.3", "853", "17,800,000"])
    }

    @Test func localeSaysWhetherTextIsUnicode() {
        #expect(
            Terminal.isUnicode(locale: [nil, "C.UTF-8", "C"]) && Terminal.isUnicode(locale: ["", nil, "de_DE.utf8"]))
        #expect(!Terminal.isUnicode(locale: ["C", "en_US.UTF-8"]) && !Terminal.isUnicode(locale: [nil, nil, nil]))
        #expect(Terminal.ascii("1 µs ●") == "1 us ?")
    }

    @Test func processorIsNamed() {
        let text = "processor\t: 0\nmodel name\t:  Some  CPU @ 2 GHz\nflags: x\n"
        #expect(Machine.processorName(in: text) == "Some CPU @ 2 GHz" && Machine.processorName(in: "a: b\n") == nil)
    }
}

@Suite struct MachineLimitsTests {
    @Test func limitsAreThoseOfAllThreads() throws {
        let threads = ThreadPool(name: "t", threadCount: 2)
        defer { threads.stop() }
        let limits = try MachineLimits.measure(on: threads, clock: SystemClock())
        #expect(limits.operationsPerSecond > 0 && limits.operationsPerSecond.isFinite)
        #expect(limits.bytesPerSecond > 0 && limits.bytesPerSecond.isFinite)
        let half = limits.shared(by: 2)
        #expect(half.operationsPerSecond * 2 == limits.operationsPerSecond)
        #expect(half.bytesPerSecond * 2 == limits.bytesPerSecond)
    }
}
