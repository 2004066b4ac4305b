import Execution
import Graphs
import Kernels
import ServingCore
import Synchronization
import Tensors
import Threading

/// The kernel of a node that stands for others. Where it throws, those others are run in its place: they know what to answer
/// for shapes that it was not made for, or fail with their own texts and labels.
///
/// The kernel must throw before it writes into the memory of an input.
final class FallbackKernel: Kernel {
    private let kernel: any Kernel
    private let replaced: ReplacedNodes
    private let registry: OpRegistry
    private let resources: ResourceStore
    private let compileFunction: Assembly.CompileFunction
    /// Made when it is first needed, which in most models is never.
    private let program = Mutex<Program?>(nil)

    init(
        _ kernel: any Kernel, for replaced: ReplacedNodes, _ registry: OpRegistry, _ resources: ResourceStore,
        _ compileFunction: @escaping Assembly.CompileFunction
    ) {
        self.kernel = kernel
        self.replaced = replaced
        self.registry = registry
        self.resources = resources
        self.compileFunction = compileFunction
    }

    var packedInputs: [Int] { kernel.packedInputs }

    var weightReductions: [WeightReduction] { kernel.weightReductions }

    func compute(_ context: borrowing KernelContext) throws(Status) {
        do throws(Status) {
            try kernel.compute(context)
        } catch {
            guard error.code != .cancelled, error.code != .deadlineExceeded else { throw error }
            try context.compute(by: replacedProgram())
        }
    }

    func operationCount(inputs: [ValueExtent], outputs: [ValueExtent]) -> Double? {
        kernel.operationCount(inputs: inputs, outputs: outputs)
    }

    private func replacedProgram() throws(Status) -> Program {
        if let made = program.withLock({ $0 }) { return made }
        let arguments = replaced.graph.nodes.indices.filter { replaced.graph.nodes[$0].op == "_Arg" }
        let subgraph = Subgraph(graph: replaced.graph, arguments: arguments, results: replaced.results, targets: [])
        var analysis = FactAnalysis(registry: registry, resources: resources, folding: false)
        try analysis.run(replaced.graph)
        let threads = BriefThreads(name: "fallback", threadCount: 1)
        var assembly = Assembly(
            registry: registry, resources: resources, precision: .float, reductions: WeightReductions(),
            threads: threads, compileFunction: compileFunction)
        let made = try assembly.program(for: subgraph, analysis)
        program.withLock { $0 = made }
        return made
    }
}
