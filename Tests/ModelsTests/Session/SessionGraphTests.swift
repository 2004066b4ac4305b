import Compiler
import Servables
import ServingCore
import Tensors
import TestSupport
import Testing

@testable import Models

/// Parts of a graph that are compiled on demand.
@Suite struct SessionGraphTests {
    private func model() throws -> Model {
        try load("Tests/Fixtures/SessionRuns/graph/1") { $0.keepsGraphs = true }
    }

    private let x = Tensor([1 as Float, 1], shape: [1, 2])

    private func product(_ model: Model) throws -> [Float] {
        try #require(try model.answer("serving_default", ["in": x])["out"]).array(Float.self)
    }

    @Test func graphsAreKeptOnlyWhenTheyAreWanted() throws {
        #expect(try load("Tests/Fixtures/SessionRuns/graph/1").session == nil)
        let model = try model()
        #expect(model.session != nil)
        #expect(try load("Tests/Fixtures/SessionRuns/graph/1").byteCount < model.byteCount)
    }

    @Test func programsAreCompiledOnce() throws {
        let session = try #require(try model().session)
        let plan = try session.plan(feeds: [("x", .float)], fetches: ["y"], targets: [])
        let other = try session.plan(feeds: [("x:0", .float)], fetches: ["y:0", "y"], targets: [])
        let program = try #require(try session.program(for: plan) {})
        #expect(try session.program(for: other) {} === program)
        let values = try session.run(program, other, feeds: [x], deadline: .never, cancellation: nil).results
        #expect(values.map { $0.array(Float.self) } == [[4, 6], [4, 6]])
    }

    @Test func aSignatureSeesWhatASessionWrites() throws {
        let model = try model()
        let session = try #require(model.session)
        #expect(try product(model) == [4, 6])
        for factor in [3, 5, 7] as [Float] {
            let value = Tensor([Float](repeating: factor, count: 4), shape: [2, 2])
            _ = try session.answer([], ["mul:0": value], targets: ["double"])
            #expect(try product(model) == [2 * factor, 2 * factor])
            #expect(try session.answer(["y"], ["x": x])[0].array(Float.self) == [2 * factor, 2 * factor])
        }
    }

    @Test func aSetOfOutputsThatWasAskedForBeforeSeesItToo() throws {
        let model = try model()
        let session = try #require(model.session)
        #expect(try model.answer("steps", [:], outputs: ["step"])["step"]?.array(Int64.self) == [5])
        _ = try session.answer([], [:], targets: ["bump"])
        #expect(try model.answer("steps", [:], outputs: ["step"])["step"]?.array(Int64.self) == [6])
    }

    @Test func valuesStayConstantsUntilSomebodyMayWriteThem() throws {
        let model = try model()
        let session = try #require(model.session)
        let runner = try #require(model.runner(for: "serving_default"))
        let reads = { runner.programs.whole?.steps.contains { $0.op == "ReadVariableOp" } }
        #expect(reads() == false)
        _ = try session.answer(["w", "step_value"])
        _ = try session.answer([], [:], targets: ["bump"])
        #expect(reads() == false)
        _ = try session.answer([], [:], targets: ["double"])
        #expect(reads() == true)
    }

    @Test func anyNumberOfProgramsTakesBoundedMemory() throws {
        let session = try #require(try model().session)
        let names = ["pair", "front", "size", "step_value", "w", "mul", "limit", "zero", "turns", "other_value"]
        for first in names {
            for second in names { #expect(try session.answer([first, second]).count == 2) }
        }
        #expect(session.programCount <= SessionGraph.maximumPrograms)
    }

    @Test func nothingIsReadFromFiles() throws {
        let session = try #require(try model().session)
        for target in ["save/restore_all", "save/RestoreV2", "save/SaveV2", "content", "save/MergeV2Checkpoints"] {
            let refusal = failure { () throws(Status) in _ = try session.answer([], [:], targets: [target]) }
            #expect(refusal?.code == .permissionDenied, "\(target)")
        }
        // What a request sends in their place is no file.
        _ = try session.answer([], ["save/RestoreV2:0": Tensor(scalar: Int64(9))], targets: ["save/AssignVariableOp"])
        #expect(try session.answer(["step_value"])[0].array(Int64.self) == [9])
    }
}

extension SessionGraph {
    /// Runs what is named, and waits for its turn.
    func answer(_ fetches: [String], _ feeds: [String: Tensor] = [:], targets: [String] = []) throws(Status) -> [Tensor]
    {
        let names = feeds.keys.sorted()
        let plan = try plan(
            feeds: names.map { ($0, feeds[$0]!.dataType) }, fetches: fetches, targets: targets)
        guard let program = try program(for: plan, resume: {}) else { throw .unavailable("another is being compiled") }
        return try run(program, plan, feeds: names.map { feeds[$0]! }, deadline: .never, cancellation: nil).results
    }
}
