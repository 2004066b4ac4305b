import Tensors
import Testing

@testable import Execution
@testable import Profiling

@Suite struct OperationCountTests {
    private static func step(
        _ op: String, _ inputs: [TensorShape], _ output: TensorShape, _ type: DataType = .float
    ) -> StepExtent {
        StepExtent(
            name: StepNames.Name(op: op, label: "{{node \(op)}}"), inputs: inputs.map { ValueExtent(type, $0) },
            outputs: [ValueExtent(type, output)])
    }

    @Test(
        arguments: [
            ("MatMul", [[3, 5], [5, 7]], [3, 7], 210.0),
            ("MatMul", [[5, 3], [7, 5]], [3, 7], 210),
            ("MatMul", [[3, 5], [5, 0]], [3, 0], 0),
            ("BatchMatMulV2", [[2, 1, 3, 5], [4, 5, 7]], [2, 4, 3, 7], 8 * 210),
            ("FusedConv2D", [[1, 8, 8, 4], [3, 3, 4, 16], [16]], [1, 6, 6, 16], 2 * 576 * 36),
            ("FusedDepthwiseConv2dNative", [[1, 8, 8, 4], [3, 3, 4, 1]], [1, 6, 6, 4], 2 * 144 * 9),
            ("Conv2DBackpropInput", [[4], [3, 3, 16, 4], [1, 6, 6, 4]], [1, 8, 8, 16], 2 * 144 * 144),
            ("FusedLSTM", [[10, 2, 3], [3, 16], [4, 16]], [2, 4], 2 * 20 * 112),
            ("AddV2", [[4, 1], [1, 5]], [4, 5], 20),
            ("AddN", [[4], [4], [4]], [4], 8),
            ("Sum", [[6, 7], [1]], [6], 42),
        ] as [(String, [TensorShape], TensorShape, Double)])
    func operationsFollowFromSizes(_ op: String, _ inputs: [TensorShape], _ output: TensorShape, _ expected: Double) {
        #expect(OperationCounts.operations(Self.step(op, inputs, output)) == expected)
    }

    @Test func whatIsNotKnownIsNotCounted() {
        #expect(OperationCounts.operations(Self.step("Unique", [[3]], [3])) == nil)
        #expect(OperationCounts.operations(Self.step("MatMul", [], [3])) == nil)
        #expect(OperationCounts.operations(Self.step("FusedLSTM", [[3]], [3])) == nil)
    }

    @Test func kernelsCanTellThemselves() {
        var step = Self.step("FusedElementwise", [[3]], [3])
        step.operationCount = 12
        #expect(OperationCounts.operations(step) == 12)
    }

    @Test func bytesAreThoseOfTheValues() {
        #expect(ByteCounts.bytes(Self.step("AddV2", [[4, 1], [5]], [4, 5])) == 4 * 29)
        #expect(ByteCounts.bytes(Self.step("AddV2", [[3], [3]], [3], .int64)) == 72)
        #expect(ByteCounts.bytes(Self.step("GatherV2", [[1000, 8], [2]], [2, 8])) == 4 * 32)
        #expect(ByteCounts.bytes(Self.step("Reshape", [[4], [2]], [2, 2])) == nil)
    }
}

@Suite struct WorkRateTests {
    /// Under the sample's clock the figures of each node are known.
    @Test func ratesStandBesideTheLimits() throws {
        let tally = WorkTally()
        let recorder = RunRecorder(clock: RecordingSample.TickingClock())
        #expect(recorder.start(limit: 1, observer: tally))
        RecordingSample.run(RecordingSample.nested(), RecordingSample.digits, recorder)
        _ = recorder.stop()
        let limits = MachineLimits(operationsPerSecond: 1e9, bytesPerSecond: 1e10)
        let rates = WorkRates(tally, limits: limits)
        let summary = ProfileSummary(RecordingSample.sample())

        let sum = try #require(summary.nodes.first { $0.key.op == "AddV2" })
        let seconds = Double(sum.totals.own) / 1e9
        // Two runs with one element each, of which one input and one output have four bytes.
        let rate = rates.rate(of: sum)
        #expect(rate.operationsPerSecond == 2 / seconds && rate.bytesPerSecond == 16 / seconds)
        #expect(rate.operationShare == 2 / seconds / 1e9 && rate.byteShare == 16 / seconds / 1e10)
    }

    @Test func whatOthersDidCountsForThem() throws {
        let tally = WorkTally()
        let recorder = RunRecorder()
        #expect(recorder.start(limit: 1, observer: tally))
        RecordingSample.run(RecordingSample.nested(), RecordingSample.digits, recorder)
        RecordingSample.run(RecordingSample.failing(), RecordingSample.digits, recorder)
        _ = recorder.stop()
        let nodes = tally.byNode()
        #expect(nodes[WorkTally.NodeName(op: "If", node: "choice")]?.bytes == nil)
        #expect(nodes[WorkTally.NodeName(op: "AddV2", node: "branch/sum")]?.operations == 1)
        #expect(nodes.keys.count { $0.op == "Assert" } == 0)
    }

    @Test func reportsShowThem() {
        let rates = WorkRates(WorkTally(), limits: MachineLimits(operationsPerSecond: 486e9, bytesPerSecond: 21.4e9))
        let summary = ProfileSummary(RecordingSample.sample())
        let text = ProfileReport(summary, rates: rates).text()
        #expect(text.contains("limits for one run: 486 GFLOP/s in registers, 21.4 GB/s from memory\n"))
        #expect(text.contains("GFLOP/s  of peak  GB/s  of memory  op\n"))
        #expect(!ProfileReport(summary).text().contains("GFLOP/s"))
    }
}
