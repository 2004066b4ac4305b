import CPlatform
import Compiler
import Execution
import Graphs
import Kernels
import Pictures
import SavedModels
import Servables
import ServingCore
import Tensors
import Threading

/// Makes a `Model` of a SavedModel: restores the variables, initialises, compiles the signatures.
struct ModelBuilder {
    let savedModel: SavedModel
    let environment: Model.Environment
    /// What profiles call the model.
    private let id: ServableID?
    /// How requests to the version are batched.
    private let batching: VersionBatching?
    private let resources = ResourceStore()
    private let files: ModelFiles
    /// How many threads may work on the load at the moment.
    private let threadCount: @Sendable () -> Int

    init(
        _ savedModel: SavedModel, _ environment: Model.Environment, id: ServableID? = nil,
        batching: VersionBatching? = nil
    ) {
        self.savedModel = savedModel
        self.id = id
        self.environment = environment
        self.batching = batching
        threadCount = { [pace = environment.pace] in pace?.isBusy == true ? 1 : ProcessorCount.available }
        files = ModelFiles(
            directory: savedModel.directory, residence: environment.weights, pace: environment.pace,
            threadCount: threadCount)
    }

    /// Signatures that can't be served are left out as long as there is one that can be.
    ///
    /// Throws what makes the version unfit to serve; see `SavedModel.read` and `GraphCompiler`.
    func build() throws(Status) -> Model {
        let model = try make()
        // Graphs on their way to programs leave much behind that malloc would keep.
        cplatform_release_free_memory()
        return model
    }

    private func make() throws(Status) -> Model {
        let compiler = GraphCompiler(
            library: savedModel.library, resources: resources, options: environment.compilerOptions,
            threadCount: threadCount)
        var entryPoints = EntryPoints(savedModel, compiler)
        let restore = try restoreStep(compiler)
        let initialisation = try initialisationStep(compiler)
        try entryPoints.checkSupport(with: [restore, initialisation].compactMap { $0?.prepared })
        let accesses = try entryPoints.variables()
        if let restore {
            try timed(.restoreGraph) { () throws(Status) in try run(restore, compiler) }
        }
        let completion = VariableCompletion(savedModel, files)
        try completion.fill(accesses.flatMap(\.read))
        if let initialisation {
            try timed(.initGraph) { () throws(Status) in try run(initialisation, compiler) }
        }
        completion.warnOfMissing(accesses.flatMap(\.read))
        let frozen = FrozenVariables(written: accesses.reduce(into: Set()) { $0.formUnion($1.written) })
        let runners = try timed(.compile) { () throws(Status) in try entryPoints.runners(frozen: frozen) }
        let reduction = reduction(compiler)
        let variables = accesses.flatMap(\.read).compactMap(\.variable.current)
        // Whoever looked at a few bytes has left the pages around them.
        files.giveBackCheckpoints()
        for runner in runners.values { try runner.bringBackConstants() }
        try bringBack(variables, packed: runners.values.flatMap(\.packedConstants))
        for (name, reason) in entryPoints.refused.sorted(by: { $0.key < $1.key }) {
            Log.warning("\(savedModel.directory): signature \"\(name)\" cannot be served: \(reason)")
        }
        return Model(
            signatureDefinitions: savedModel.signatureDefs, runners: runners,
            jointRunners: JointRunners(make: entryPoints.combinations(frozen: frozen)),
            refused: entryPoints.refused, site: site(with: files),
            reduction: reduction, variables: variables, session: session(compiler, frozen), batching: batching,
            pictures: PictureClassifier.of(savedModel, runners))
    }

    /// What the weights have lost, if they are to be kept in fewer bits; says so in the log.
    private func reduction(_ compiler: GraphCompiler) -> WeightReductionSummary? {
        guard environment.compilerOptions.precision != .float else { return nil }
        let reduction = compiler.takeWeightReductions()
        let place = id.map { "\($0)" } ?? savedModel.directory
        Log.info("\(place): \(reduction.sentence(for: environment.compilerOptions.precision))")
        return reduction
    }

    private func timed<R>(_ stage: LoadStage, _ body: () throws(Status) -> R) throws(Status) -> R {
        try environment.timed(stage, of: savedModel.directory, body)
    }

    /// Brings the values of variables into memory, but for those that kernels hold in another form. Throws UNAVAILABLE if they
    /// can't be read from their file any more.
    private func bringBack(_ variables: [Tensor], packed: [Tensor]) throws(Status) {
        let packed = Set(environment.keepsGraphs ? [] : packed.map { ObjectIdentifier($0.buffer) })
        for value in variables where !packed.contains(ObjectIdentifier(value.buffer)) {
            guard value.buffer.bringBack() else {
                throw .unavailable("\(savedModel.directory): weights can't be read from their file any more")
            }
        }
    }

    private func site(with files: any ExecutionEnvironment) -> ProgramSite {
        let contexts = ExecutionContextPool(
            threads: environment.threads, environment: files, memoryLimit: environment.memoryLimit)
        return ProgramSite(
            contexts: contexts, pace: environment.pace, id: id, recorder: environment.recorder,
            runTimes: environment.runTimes)
    }

    /// The graph for runs that clients put together; nil if there shall be none.
    private func session(_ compiler: GraphCompiler, _ frozen: FrozenVariables) -> SessionGraph? {
        guard environment.keepsGraphs, !savedModel.isTranslated else { return nil }
        return SessionGraph(savedModel.graph, compiler, site: site(with: ClosedFiles()), willWrite: frozen.thaw)
    }

    /// A part of the graph that runs once, with what it is fed.
    struct InitialisationStep {
        let prepared: GraphCompiler.PreparedGraph
        let arguments: [Tensor]
    }

    /// The paths of the assets, as they are fed to all steps.
    private var assetFeeds: [(name: String, value: Tensor)] {
        savedModel.assets.map { ($0.tensorName, Tensor(texts: [$0.path], shape: [])) }
    }

    /// The graph's own restore op, if there is something to restore.
    func restoreStep(_ compiler: GraphCompiler) throws(Status) -> InitialisationStep? {
        guard let restore = savedModel.restore, let prefix = savedModel.variablesPrefix else { return nil }
        let prefixFeed = (name: restore.filenameTensorName, value: Tensor(texts: [prefix], shape: []))
        return try step(restore.restoreOpName, assetFeeds + [prefixFeed], compiler)
    }

    /// The graph's initialisation op, if it has one.
    func initialisationStep(_ compiler: GraphCompiler) throws(Status) -> InitialisationStep? {
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
