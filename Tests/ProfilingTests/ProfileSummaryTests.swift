import Execution
import Testing

@testable import Profiling

@Suite struct ProfileSummaryTests {
    @Test func ownTimesAddUpToTheTimesOfTheRuns() {
        let recording = RecordingSample.sample()
        let summary = ProfileSummary(recording)
        let outermost = recording.steps.filter { $0.depth == 0 }.reduce(0) { $0 + $1.nanoseconds }
        #expect(summary.kernelNanoseconds == outermost)
        #expect(summary.kernelNanoseconds == summary.nodes.reduce(0) { $0 + $1.totals.own })
        #expect(summary.runNanoseconds == recording.runs.reduce(0) { $0 + $1.nanoseconds })
        #expect(summary.kernelNanoseconds < summary.runNanoseconds)
        #expect(summary.runCount == 3 && summary.threadCount == 1)
        #expect(summary.duration == recording.end - recording.begin)
    }

    @Test func whatAStepCalledIsNotItsOwn() throws {
        let summary = ProfileSummary(RecordingSample.sample())
        let choice = try #require(summary.nodes.first { $0.key.op == "If" })
        // Each look at the clock takes ten: one when the function begins, one behind each of its steps, one at the end.
        #expect(choice.totals.count == 2 && choice.totals.total == 80 && choice.totals.own == 40)
        #expect(choice.totals.shortest == 40 && choice.totals.longest == 40 && choice.totals.mean == 40)
        #expect(choice.key == .init(model: "digits", version: 3, op: "If", node: "choice"))
        let relu = try #require(summary.nodes.first { $0.key.node == "branch/relu" })
        #expect(relu.totals.count == 2 && relu.totals.total == 20 && relu.totals.own == 20)
    }

    @Test func nodesOfOneOpAreAddedUp() throws {
        let summary = ProfileSummary(RecordingSample.sample())
        #expect(summary.ops.map(\.op).sorted() == ["AddV2", "Assert", "If", "MatMul", "Relu"])
        let product = try #require(summary.ops.first { $0.op == "MatMul" })
        #expect(product.totals.count == 4 && product.totals.total == 40)
        #expect(summary.ops.map(\.totals.own) == summary.ops.map(\.totals.own).sorted(by: >))
    }

    @Test func signaturesHaveFailuresAndQuantiles() throws {
        let summary = ProfileSummary(RecordingSample.sample())
        #expect(Set(summary.signatures.map(\.label.text)) == ["digits:3/serving_default", "broken"])
        let digits = try #require(summary.signatures.first { $0.label == RecordingSample.digits })
        #expect(digits.totals.count == 2 && digits.failures == 0)
        #expect(digits.median == digits.totals.longest && digits.percentile99 == digits.totals.shortest)
        let broken = try #require(summary.signatures.first { $0.label.model == "broken" })
        #expect(broken.totals.count == 1 && broken.failures == 1 && broken.label.text == "broken")
    }

    @Test func nothingGivesAnEmptySummary() {
        let summary = ProfileSummary(RecordingSample.record { _ in })
        #expect(summary.runCount == 0 && summary.ops.isEmpty && summary.nodes.isEmpty && summary.signatures.isEmpty)
        #expect(ProfileReport(summary).text() == "0 runs in 10 ns\n")
    }

    @Test func whatWasDroppedIsSaid() {
        let recording = RecordingSample.record(limit: 4) { recorder in
            let program = RecordingSample.nested()
            for _ in 0..<3 { RecordingSample.run(program, RecordingSample.digits, recorder) }
        }
        let summary = ProfileSummary(recording)
        #expect(summary.droppedRuns == 2 && summary.droppedSteps == 2)
        let text = ProfileReport(summary).text()
        #expect(text.contains("2 runs were not recorded"))
        #expect(text.contains("2 kernel calls were not recorded"))
    }

    @Test func reportNamesRunsOpsAndNodes() {
        let text = ProfileReport(ProfileSummary(RecordingSample.sample())).text()
        for part in [
            "3 runs in", "on 1 threads", "digits:3/serving_default", "MatMul", "dense_1/MatMul", "branch/relu",
        ] {
            #expect(text.contains(part), "\(part)")
        }
        #expect(!text.contains(" \n"))
        let brief = ProfileReport(ProfileSummary(RecordingSample.sample())).text(rows: 1)
        #expect(brief.contains("(and 4 more ops)") && brief.contains("(and 6 more nodes)"))
        #expect(brief.contains("(and 1 more signatures)"))
    }

    @Test func namesOfNodesAreReadOffTheirLabels() {
        let names = [
            "{{node dense/MatMul}}": "dense/MatMul", "{{function_node f}}{{node x}}": "f/x",
            "{{function_node __inference_f_1}}{{node x}}": "x", "{{node __x}}": "__x", "plain": "plain",
            "{{node": "{{node", "": "", "{{node a}}{{": "a", "{{}}": "{{}}",
        ]
        for (label, name) in names {
            let program = Program(
                steps: [
                    Program.Step(
                        kernel: NoKernel(), op: "Op", label: label, inputs: [], outputs: [], lastUses: [],
                        releases: [])
                ], slotCount: 0, constants: [], argumentSlots: [], resultSlots: [])
            #expect(program.names.names[0].node == name)
        }
    }

    @Test func figuresHaveUnits() {
        #expect(
            [0, 999, 1000, 12_345, 999_999].map { Figures.time($0) } == [
                "0 ns", "999 ns", "1.0 us", "12.3 us", "999.9 us",
            ])
        #expect([1_000_000, 1_234_567_890].map { Figures.time($0) } == ["1.00 ms", "1.23 s"])
        #expect(Figures.time(.max).hasSuffix(" s"))
        #expect(Figures.microseconds(1_002_003) == "1002.003" && Figures.microseconds(7) == "0.007")
        #expect(Figures.percent(1, of: 3) == "33.3 %" && Figures.percent(1, of: 0) == "0.0 %")
        #expect(Figures.rate(5, in: 1_000_000_000) == "5.0" && Figures.rate(5000, in: 1_000_000_000) == "5000")
    }
}
