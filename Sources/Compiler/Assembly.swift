import Execution
import Graphs
import Kernels
import MicrokernelTypes
import ServingCore
import Tensors
import Threading

/// The last stage: gives every value a slot, makes the kernels, and finds out when each slot is free again.
struct Assembly {
    let registry: OpRegistry
    let resources: ResourceStore
    /// What large weights are kept in.
    let precision: WeightPrecision
    /// Is told what they lose by it.
    let reductions: WeightReductions
    /// What makes large kernels.
    let threads: BriefThreads
    let compileFunction: CompileFunction

    /// Makes the program of a function.
    typealias CompileFunction = @Sendable (FunctionUse) throws(Status) -> Program

    private var constants: [Tensor] = []
    private var slots: [OutletID: Int32] = [:]
    private var slotCount: Int32 = 0
    private var steps: [Program.Step] = []

    init(
        registry: OpRegistry, resources: ResourceStore, precision: WeightPrecision, reductions: WeightReductions,
        threads: BriefThreads,
        compileFunction: @escaping CompileFunction
    ) {
        self.registry = registry
        self.resources = resources
        self.precision = precision
        self.reductions = reductions
        self.threads = threads
        self.compileFunction = compileFunction
    }

    /// The program for `subgraph`, whose nodes stand in running order and are described by `analysis`.
    mutating func program(for subgraph: Subgraph, _ analysis: FactAnalysis) throws(Status) -> Program {
        let argumentSlots = subgraph.arguments.map { newSlot(OutletID(node: $0)) }
        let origins = try origins(subgraph.graph, analysis)
        let large = LargeKernels(origins, threads)
        var next = origins.makeIterator()
        for (index, node) in subgraph.graph.nodes.enumerated() {
            switch node.op {
            case "_Arg", "NoOp": continue
            case "Const": addConstant(index, try node.attributes.tensor("value"))
            default: if let origin = next.next() { try addStep(origin, large) }
            }
        }
        let resultSlots = try subgraph.results.map { (outlet) throws(Status) -> Int32 in
            guard let slot = slots[outlet] else {
                throw .invalidArgument(
                    "output \(outlet.slot) of node \(subgraph.graph.nodes[outlet.node].name) does not exist")
            }
            return slot
        }
        markLastUses(resultSlots)
        let program = Program(
            steps: steps, slotCount: Int(slotCount), constants: constants, argumentSlots: argumentSlots,
            resultSlots: resultSlots,
            resultTypes: subgraph.results.map { analysis.facts[$0.node][$0.slot].dataType })
        try program.bringBackConstants()
        return program
    }

    private mutating func newSlot(_ outlet: OutletID) -> Int32 {
        let slot = slotCount
        slotCount += 1
        slots[outlet] = slot
        return slot
    }

    private mutating func addConstant(_ node: Int, _ value: Tensor) {
        slots[OutletID(node: node)] = ~Int32(constants.count)
        constants.append(value)
    }

    /// What the kernels are made from, in the order of the nodes.
    private func origins(_ graph: Graph, _ analysis: FactAnalysis) throws(Status) -> [KernelOrigin] {
        var origins: [(index: Int, definition: OpDefinition)] = []
        var constructions: [KernelConstruction] = []
        for (index, node) in graph.nodes.enumerated() where !["_Arg", "NoOp", "Const"].contains(node.op) {
            let inputs = try node.inputs.map { (outlet) throws(Status) in try analysis.fact(outlet, graph) }
            guard let definition = registry[node.op] else { throw UnsupportedOps.error([(node.op, [node.name])]) }
            constructions.append(
                KernelConstruction(
                    facts: NodeFacts(node: node, inputs: inputs), outputs: analysis.facts[index], resources: resources,
                    precision: precision, compileFunction: compileFunction))
            origins.append((index, definition))
        }
        return zip(origins, ConvolutionChoices.made(for: constructions)).map { origin, construction in
            KernelOrigin(index: origin.index, construction: construction, definition: origin.definition)
        }
    }

    private mutating func addStep(_ origin: KernelOrigin, _ large: LargeKernels) throws(Status) {
        let (node, outputs) = (origin.construction.node, origin.construction.outputs)
        var kernel: any Kernel
        do throws(Status) {
            kernel = try large.kernel(of: origin)
            reductions.add(kernel.weightReductions)
        } catch {
            throw error.appending("\n\t [[\(node.errorLabel)]]")
        }
        if let replaced = node.replaced {
            kernel = FallbackKernel(kernel, for: replaced, registry, resources, functionCompiler(for: replaced))
        }
        steps.append(
            Program.Step(
                kernel: kernel, op: node.op, label: node.errorLabel, inputs: node.inputs.map { slots[$0]! },
                outputs: outputs.indices.map { newSlot(OutletID(node: origin.index, slot: $0)) }, lastUses: [],
                releases: [], outputTypes: outputs.map(\.dataType)))
    }

    /// What compiles functions of `replaced` when a run needs it; holds on to the compiler only if there are any.
    private func functionCompiler(for replaced: ReplacedNodes) -> CompileFunction {
        let callsFunctions = replaced.graph.nodes.contains { node in
            node.attributes.values.values.contains { attribute in
                if case .function = attribute { true } else { false }
            }
        }
        if callsFunctions { return compileFunction }
        return { (use) throws(Status) in throw .internalError("function \(use.name) is not compiled here") }
    }

    /// Slots are released after the last step that reads them, or that makes them if none does. Results are kept.
    private mutating func markLastUses(_ resultSlots: [Int32]) {
        var last = [Int](repeating: -1, count: Int(slotCount))
        for (index, step) in steps.enumerated() {
            for slot in step.inputs + step.outputs where slot >= 0 { last[Int(slot)] = index }
        }
        for slot in resultSlots where slot >= 0 { last[Int(slot)] = -1 }
        for (slot, step) in last.enumerated() where step >= 0 { steps[step].releases.append(Int32(slot)) }
        for index in steps.indices {
            steps[index].lastUses = steps[index].inputs.map { $0 >= 0 && last[Int($0)] == index }
        }
    }
}
