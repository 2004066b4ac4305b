import ServingCore
import Tensors
import TestSupport
import Testing

@testable import Models

/// Several signatures in one run, on models that take Examples.
@Suite struct JointRunnerTests {
    /// An Example whose feature `name` holds floats.
    private func example(_ name: String, _ values: [Float]) -> [UInt8] {
        func field(_ number: UInt8, _ content: [UInt8]) -> [UInt8] {
            [number << 3 | 2, UInt8(content.count)] + content
        }
        let floats = values.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * $0)) } }
        let feature = field(2, field(1, floats))
        return field(1, field(1, field(1, Array(name.utf8)) + field(2, feature)))
    }

    private func parts(_ model: Model, _ wanted: [(signature: String, outputs: [String])]) throws -> [Model.Part] {
        try wanted.map { Model.Part(runner: try #require(model.runner(for: $0.signature)), outputs: $0.outputs) }
    }

    private func together(_ model: Model, _ parts: [Model.Part], _ feed: Tensor) throws -> [[Tensor]] {
        try model.run(jointly: parts, feed: feed, deadline: .never, cancellation: nil)
    }

    private func alone(_ model: Model, _ part: Model.Part, _ feed: Tensor) throws -> [Tensor] {
        try model.run(part.runner, feeds: [feed], outputs: part.outputs, deadline: .never, cancellation: nil)
    }

    /// Whether `left` and `right` hold the same elements in the same shapes.
    private func areEqual(_ left: [Tensor], _ right: [Tensor]) -> Bool {
        left.count == right.count
            && zip(left, right).allSatisfy { left, right in
                guard left.shape == right.shape, left.dataType == right.dataType else { return false }
                return left.dataType == .string ? left.strings == right.strings : left.bytes.elementsEqual(right.bytes)
            }
    }

    private func joint(_ model: Model, _ parts: [Model.Part]) throws -> JointRunner? {
        try model.jointRunners?.runner(for: parts) { _ in }
    }

    private static let signatures: [(signature: String, outputs: [String])] = [
        ("serving_default", ["classes", "scores"]), ("size", ["outputs"]), ("scores", ["scores"]),
        ("classes", ["classes"]),
    ]

    @Test(arguments: [("flowers_v1", 1), ("flowers_v2", 4)])
    func resultsAreThoseOfEachSignatureByItself(_ name: String, _ feeds: Int) throws {
        let model = try load("Tests/Fixtures/EndToEnd/models/\(name)/1")
        let feed = Tensor(
            strings: [example("measures", [1, 2, 3, 4]), example("measures", [-1, 0.5, 0, 2])], shape: [2])
        for count in 2...4 {
            let parts = try parts(model, Array(Self.signatures[..<count]))
            for order in [parts, parts.reversed()] {
                let results = try together(model, order, feed)
                for (part, outputs) in zip(order, results) {
                    #expect(areEqual(outputs, try alone(model, part, feed)))
                }
            }
        }
        let all = try #require(try joint(model, try parts(model, Self.signatures)))
        #expect(all.runner.inputs.count == feeds)
    }

    @Test func whatSignaturesShareIsComputedOnce() throws {
        let model = try load("Tests/Fixtures/EndToEnd/models/flowers_v1/1")
        let parts = try parts(model, Self.signatures)
        let runner = try #require(try joint(model, parts)).runner
        let program = try runner.program(for: runner.outputAliases)
        #expect(program.steps.count { $0.op.hasPrefix("ParseExample") } == 1)
        #expect(runner.outputAliases.count == 3)
        #expect(try joint(model, parts.reversed())?.runner === runner)
    }

    @Test func anErrorOfOneIsTheErrorOfAll() throws {
        let model = try load("Tests/Fixtures/EndToEnd/models/misfits/1")
        let parts = try parts(model, [("serving_default", ["classes", "scores"]), ("regress_guarded", ["outputs"])])
        let good = Tensor(strings: [example("x", [1, 2, 3])], shape: [1])
        #expect(try together(model, parts, good).count == 2)
        let large = Tensor(strings: [example("x", [1000, 2, 3])], shape: [1])
        let status = #expect(throws: Status.self) { try together(model, parts, large) }
        #expect(status?.code == .invalidArgument && status?.message.contains("x is too large") == true)
    }

    @Test func differentPlaceholdersAreFedTheSame() throws {
        let model = try load("Tests/Fixtures/EndToEnd/models/misfits/1")
        let parts = try parts(model, [("lengths", ["outputs"]), ("serving_default", ["scores"])])
        let bytes = example("x", [1, 2, 3])
        let results = try together(model, parts, Tensor(strings: [bytes], shape: [1]))
        #expect(results[0][0].array(Float.self) == [Float(bytes.count)])
        #expect(results[1][0].array(Float.self) == [1, 2, 3])
        #expect(try joint(model, parts)?.runner.inputs.count == 2)
    }
}
