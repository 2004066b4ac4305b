import Compiler
import Servables
import ServingCore
import Tensors
import TestSupport
import Testing

@testable import Models

/// The model in `folder` of the repository.
func load(_ folder: String, _ change: (inout Model.Environment) -> Void = { _ in }) throws -> Model {
    var environment = Model.Environment()
    change(&environment)
    let id = ServableID(name: "m", version: 1)
    let loader = ModelLoader(id: id, directory: Repository.path(folder), environment: environment, wallClock: muchLater)
    return try #require(try loader.load() as? Model)
}

extension Model.Environment {
    /// Switches off all that the compiler does to make programs faster.
    mutating func leaveGraphsAsTheyAre() {
        compilerOptions.folding = false
        compilerOptions.identityRemoval = false
        compilerOptions.fusions = []
    }
}

extension Model {
    /// Runs a signature with inputs by alias; a missing one takes its default.
    func answer(
        _ signature: String = "serving_default", _ inputs: [String: Tensor], outputs filter: [String] = []
    ) throws(Status) -> [String: Tensor] {
        guard let runner = runner(for: signature) else { throw .failedPrecondition("no signature \(signature)") }
        let sent = inputs.keys.sorted()
        let feeds = try runner.feeds(sent: sent) { (position) throws(Status) in inputs[sent[position]]! }
            .map { (input) throws(Status) in try input.tensor() }
        let outputs = try runner.outputs(filter: filter)
        let results = try run(runner, feeds: feeds, outputs: outputs, deadline: .never, cancellation: nil)
        return Dictionary(uniqueKeysWithValues: zip(outputs, results))
    }
}

/// What `body` throws, or nil.
func failure(_ body: () throws(Status) -> Void) -> Status? {
    do throws(Status) { try body() } catch { return error }
    return nil
}

/// An hour ahead: files that have just been written count as settled.
let muchLater: @Sendable () -> Int64 = { WallClock.nanoseconds() + 3_600_000_000_000 }
