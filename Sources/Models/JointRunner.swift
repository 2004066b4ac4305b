import Graphs
import ServingCore
import Synchronization
import Tensors

/// Several signatures of a model, each with one input, that are computed in one run from the same tensor: what they have in
/// common is computed once.
final class JointRunner: Sendable {
    let runner: SignatureRunner

    /// Puts the outputs of `parts` together; nil if the model has no program for all of them at once, because one of them is
    /// fed to another.
    /// - Parameter make: compiles a signature.
    init?(
        _ parts: [Model.Part], make: @Sendable (Signature) throws(Status) -> SignatureRunner
    ) throws(Status) {
        // The names of clients' choices would be ever new ones.
        var joint = Signature(name: "MultiInference", methodName: "", inputs: [:], outputs: [:])
        for part in parts {
            // By the names in the graph, so that what several signatures share is there once.
            for port in part.runner.signature.inputs.values { joint.inputs[port.tensorName] = port }
            for port in part.ports { joint.outputs[port.tensorName] = port }
        }
        guard SignatureRunner.computedOutputs(of: joint).count == joint.outputs.count else { return nil }
        runner = try make(joint)
    }

    /// The outputs of each of `parts` from all `results` of a run.
    func outputs(of parts: [Model.Part], in results: [Tensor]) -> [[Tensor]] {
        let places = Dictionary(uniqueKeysWithValues: zip(runner.outputAliases, results.indices))
        return parts.map { part in part.ports.map { results[places[$0.tensorName]!] } }
    }
}

/// The joint runners of a model, made on first use.
final class JointRunners: Sendable {
    /// Which outputs of which signatures, in a fixed order.
    private typealias Key = [[String]]

    private let make: @Sendable (Signature) throws(Status) -> SignatureRunner
    /// nil: there can be none, each signature is run by itself.
    private let known = Mutex<[Key: JointRunner?]>([:])

    /// At most so many are kept.
    private static let maximumCount = 64

    init(make: @escaping @Sendable (Signature) throws(Status) -> SignatureRunner) { self.make = make }

    /// The runner for `parts`; nil if they can be run only one by one.
    /// - Parameter prepare: called with a runner that was made.
    func runner(for parts: [Model.Part], prepare: (JointRunner) -> Void) throws(Status) -> JointRunner? {
        let key = parts.map { [$0.runner.signature.name] + $0.outputs }.sorted { $0[0] < $1[0] }
        if let runner = known.withLock({ $0[key] }) { return runner }
        let made = try makeRunner(parts)
        made.map(prepare)
        known.withLock { runners in
            if runners.count >= JointRunners.maximumCount { runners.removeAll() }
            runners[key] = .some(made)
        }
        return made
    }

    private func makeRunner(_ parts: [Model.Part]) throws(Status) -> JointRunner? {
        do throws(Status) {
            return try JointRunner(parts, make: make)
        } catch {
            // Of this moment, or of the signatures together: each by itself has been compiled.
            if error.code == .resourceExhausted { throw error }
            return nil
        }
    }
}
