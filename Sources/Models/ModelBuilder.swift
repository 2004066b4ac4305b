import Compiler
import Execution
import Graphs
import Kernels
import SavedModels
import ServingCore
import Tensors

/// Makes a `Model` of a SavedModel: restores the variables, initialises, compiles the signatures.
struct ModelBuilder {
    let savedModel: SavedModel
    let environment: Model.Environment
    private let resources = ResourceStore()
    private let files: ModelFiles

    init(_ savedModel: SavedModel, _ environment: Model.Environment) {
        self.savedModel = savedModel
        self.environment = environment
        files = ModelFiles(
            directory: savedModel.directory, residence: environment.weights, pace: environment.pace)
    }

    /// Throws what makes the version unfit to serve; see `SavedModel.read` and `GraphCompiler`.
    func build() throws(Status) -> Model {
        let compiler = GraphCompiler(
            library: savedModel.library, resources: resources, options: environment.compilerOptions)
        let entryPoints = try prepareSignatures(compiler)
        let restore = try restoreStep(compiler)
        let initialisation = try initialisationStep(compiler)
        let steps = [restore, initialisation].compactMap(\.self)
        try compiler.checkSupport(of: entryPoints.map(\.prepared) + steps.map(\.prepared))
        let accesses = try entryPoints.map { (entry) throws(Status) in try compiler.variables(of: entry.prepared) }
        if let restore { try run(restore, compiler) }
        let completion = VariableCompletion(savedModel, files)
        try completion.fill(accesses.flatMap(\.read))
        if let initialisation { try run(initialisation, compiler) }
        completion.warnOfMissing(accesses.flatMap(\.read))
        let changing = entryPoints.filter { compiler.mayChangeState($0.prepared) }.map(\.name)
        let written = accesses.reduce(into: Set()) { $0.formUnion($1.written) }
        return try assemble(
            compiler, written, changing: Set(changing),
            variables: accesses.flatMap(\.read).compactMap(\.variable.current))
    }

    private func assemble(
        _ compiler: GraphCompiler, _ written: Set<ObjectIdentifier>, changing: Set<String>, variables: [Tensor]
    ) throws(Status) -> Model {
        let graph = savedModel.graph
        var runners: [String: SignatureRunner] = [:]
        for signature in savedModel.signatures.values where ModelBuilder.isCallable(signature) {
            let feeds = ModelBuilder.feeds(of: signature)
            let mayChangeState = changing.contains(signature.name)
            runners[signature.name] = try SignatureRunner(signature: signature, mayChangeState: mayChangeState) {
                (aliases) throws(Status) in
                let prepared = try compiler.prepare(
                    graph, feeds: feeds, fetches: aliases.map { signature.outputs[$0]!.tensorName })
                try compiler.checkSupport(of: [prepared])
                return try compiler.compile(prepared) { variable in
                    written.contains(ObjectIdentifier(variable)) ? nil : variable.current
                }
            }
        }
        let contexts = ExecutionContextPool(
            threads: environment.threads, environment: files, memoryLimit: environment.memoryLimit)
        return Model(
            signatureDefinitions: savedModel.signatureDefs, runners: runners, contexts: contexts, variables: variables,
            pace: environment.pace)
    }

    /// The signature that only names the initialisation op has no tensors and can't be run.
    private static func isCallable(_ signature: Signature) -> Bool { signature.name != "__saved_model_init_op" }

    private static func feeds(of signature: Signature) -> [(tensorName: String, fact: TensorFact)] {
        // The runtime does not hold requests to the shapes of the signature, so neither may the compiler rely on them.
        SignatureRunner.feedOrder(of: signature).map { ($0.port.tensorName, TensorFact($0.port.dataType)) }
    }

    private func prepareSignatures(
        _ compiler: GraphCompiler
    ) throws(Status) -> [(name: String, prepared: GraphCompiler.PreparedGraph)] {
        try savedModel.signatures.values.filter(ModelBuilder.isCallable).map {
            (signature) throws(Status) in
            let fetches = SignatureRunner.computedOutputs(of: signature).map { signature.outputs[$0]!.tensorName }
            let prepared = try compiler.prepare(
                savedModel.graph, feeds: ModelBuilder.feeds(of: signature), fetches: fetches)
            return (signature.name, prepared)
        }
    }

    /// A part of the graph that runs once, with what it is fed.
    private struct InitialisationStep {
        let prepared: GraphCompiler.PreparedGraph
        let arguments: [Tensor]
    }

    /// The paths of the assets, as they are fed to all steps.
    private var assetFeeds: [(name: String, value: Tensor)] {
        savedModel.assets.map { ($0.tensorName, Tensor(texts: [$0.path], shape: [])) }
    }

    /// The graph's own restore op, if there is something to restore.
    private func restoreStep(_ compiler: GraphCompiler) throws(Status) -> InitialisationStep? {
        guard let restore = savedModel.restore, let prefix = savedModel.variablesPrefix else { return nil }
        let prefixFeed = (name: restore.filenameTensorName, value: Tensor(texts: [prefix], shape: []))
        return try step(restore.restoreOpName, assetFeeds + [prefixFeed], compiler)
    }

    /// The graph's initialisation op, if it has one.
    private func initialisationStep(_ compiler: GraphCompiler) throws(Status) -> InitialisationStep? {
        guard let initOp = savedModel.initOpName else { return nil }
        return try step(initOp, assetFeeds.filter { $0.name != initOp }, compiler)
    }

    private func step(
        _ target: String, _ feeds: [(name: String, value: Tensor)], _ compiler: GraphCompiler
    ) throws(Status) -> InitialisationStep {
        let prepared = try compiler.prepare(
            savedModel.graph, feeds: feeds.map { ($0.name, TensorFact($0.value.dataType)) }, fetches: [],
            targets: [target])
        return InitialisationStep(prepared: prepared, arguments: feeds.map(\.value))
    }

    private func run(_ step: InitialisationStep, _ compiler: GraphCompiler) throws(Status) {
        let program = try compiler.compile(step.prepared)
        let context = ExecutionContext(environment: files, memoryLimit: environment.memoryLimit)
        _ = try program.run(step.arguments, in: context)
    }
}
