import Execution
import Kernels
import MicrokernelTypes
import Models
import ServingCore
import Tensors
import Threading

/// A version that a command loaded, and the signature of it that the command is about.
struct OpenedModel: Sendable {
    let folder: ModelFolder
    let model: Model
    let runner: SignatureRunner
    let threads: ThreadPool

    /// Loads the version in `path` (see `ModelFolder`). `threads` run and help as the server's do; `recorder` can record
    /// what runs spend their time on; large weights are kept in `precision`.
    ///
    /// Throws what is wrong with the folder, the model or the signature.
    init(
        _ path: String, tags: [String], signature: String, precision: WeightPrecision = .float, threads: ThreadPool,
        recorder: RunRecorder? = nil
    ) throws(Status) {
        folder = try ModelFolder(path)
        self.threads = threads
        var environment = Model.Environment(
            tags: tags, threads: threads, memoryLimit: OpenedModel.memoryLimit(runs: threads.threadCount))
        environment.weights = .automatic
        environment.recorder = recorder
        environment.compilerOptions.precision = precision
        model = try Model.open(directory: folder.directory, environment: environment)
        runner = try model.runnableSignature(signature, in: folder.directory)
    }

    /// What each of so many runs at a time may take: a batch that is too large shall fail, not the process.
    private static func memoryLimit(runs: Int) -> Int {
        let headroom = PhysicalMemory.headroom?.available ?? .max
        return max(1 << 20, min(PhysicalMemory.byteCount, headroom) / (runs + 1))
    }

    /// Runs the signature once, all outputs that can be computed together.
    func run(_ feeds: [Tensor]) throws(Status) -> [Tensor] {
        try model.run(runner, feeds: feeds, outputs: runner.computedOutputs, deadline: .never, cancellation: nil)
    }
}

extension Model {
    /// The signature `name` of the version in `directory`.
    ///
    /// Throws UNIMPLEMENTED with the reason if this server cannot run it, NOT_FOUND if there is none of that name.
    func runnableSignature(_ name: String, in directory: String) throws(Status) -> SignatureRunner {
        if let runner = runner(for: name) { return runner }
        if let reason = refusedSignatures[name] {
            throw .unimplemented("signature \(name) cannot be served: \(reason.message)")
        }
        throw .notFound("\(directory) has no signature \(Rehearsal.advice(name, signatureNames))")
    }
}
