import Graphs
import Models
import ServingCore
import ServingProtos
import Tensors
import Threading

/// One run of a signature of a model that is loaded for it.
struct Rehearsal {
    private let arguments: RunArguments

    init(_ arguments: RunArguments) { self.arguments = arguments }

    /// Throws what is wrong with the folder, the model, an input, the run or the output.
    func run() throws(Status) {
        let folder = try ModelFolder(arguments.folder)
        if let remark = folder.remark { StandardStream.error.write("\(remark)\n") }
        let threads = ThreadPool(name: "compute", threadCount: ProcessorCount.available)
        defer { threads.stop() }
        var environment = Model.Environment(
            tags: arguments.tags, threads: threads, memoryLimit: PhysicalMemory.byteCount)
        environment.weights = .automatic
        environment.compilerOptions.precision = arguments.precision
        let model = try Model.open(directory: folder.directory, environment: environment)
        let runner = try model.runnableSignature(arguments.signature, in: folder.directory)
        let outputs = try self.outputs(of: runner)
        let writer = try OutputWriter(
            format: arguments.format, directory: arguments.outputDirectory, names: outputs)
        let feeds = try self.feeds(of: runner)
        let results = try model.run(runner, feeds: feeds, outputs: outputs, deadline: .never, cancellation: nil)
        try writer.write(Array(zip(outputs, results)))
    }

    private func outputs(of runner: SignatureRunner) throws(Status) -> [String] {
        var seen: Set<String> = []
        for name in arguments.outputs {
            guard runner.signature.outputs[name] != nil else {
                throw .invalidArgument(
                    "signature \(runner.signature.name) has no output \(Rehearsal.advice(name, runner.outputAliases))")
            }
            guard seen.insert(name).inserted else { throw .invalidArgument("output \(name) is asked for twice") }
        }
        return arguments.outputs.isEmpty ? runner.computedOutputs : arguments.outputs
    }

    /// The inputs in feeding order.
    private func feeds(of runner: SignatureRunner) throws(Status) -> [Tensor] {
        let names = runner.inputs.map(\.alias).sorted()
        for input in arguments.inputs where !names.contains(input.name) {
            throw .invalidArgument(
                "signature \(runner.signature.name) has no input \(Rehearsal.advice(input.name, names))")
        }
        let missing = runner.inputs.filter { input in
            input.defaultValue == nil && !arguments.inputs.contains { $0.name == input.alias }
        }
        guard missing.isEmpty else {
            let wanted = missing.map { "\($0.alias) (\($0.port.dataType.name) \($0.port.shape))" }.sorted()
            throw .invalidArgument(
                "signature \(runner.signature.name) needs \(wanted.joined(separator: ", ")); "
                    + "give it by --input \(missing[0].alias)=FILE")
        }
        var feeds: [Tensor] = []
        for input in runner.inputs {
            guard let given = arguments.inputs.first(where: { $0.name == input.alias }) else {
                feeds.append(input.defaultValue!)
                continue
            }
            do throws(Status) {
                feeds.append(try InputValue(given.value, input.alias, input.port).tensor())
            } catch {
                throw error.prefixed("input \(input.alias): ")
            }
        }
        return feeds
    }

    /// `name` with the one that was probably meant, or else all there are.
    static func advice(_ name: String, _ known: [String]) -> String {
        if let meant = NameSuggestion.nearest(to: name, in: known) { return "\(name); did you mean \(meant)?" }
        return known.isEmpty ? "\(name), nor any other" : "\(name), only \(known.joined(separator: ", "))"
    }
}
