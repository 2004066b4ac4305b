import CPlatform
import Execution
import Graphs
import Kernels
import ServingCore
import Synchronization
import Threading

/// What a kernel is made from.
struct KernelOrigin: Sendable {
    /// Its node in the graph.
    let index: Int
    let construction: KernelConstruction
    let definition: OpDefinition
}

/// Makes kernels with large constants ahead of the others, several at a time: they pack their weights.
struct LargeKernels {
    /// By node.
    private let results: [Int: Result<any Kernel, Status>]

    /// Constants of fewer bytes are not worth a turn.
    private static let leastBytes = 1 << 18
    /// Beside fewer bytes it does not matter what malloc keeps.
    private static let manyBytes = 8 << 20

    init(_ origins: [KernelOrigin], _ threads: BriefThreads) {
        // The largest first: a kernel in the making takes more memory than one that is made, and none of those is there yet.
        let sizes = origins.map { LargeKernels.byteCount($0.construction) }
        let turns = origins.indices.filter { sizes[$0] >= LargeKernels.leastBytes }
            .sorted { (sizes[$1], $0) < (sizes[$0], $1) }
        // Room for them is there where the graph has left something behind on its way here.
        if turns.reduce(0, { $0 + sizes[$1] }) >= LargeKernels.manyBytes { cplatform_release_free_memory() }
        let large = turns.map { origins[$0] }
        let made = Made(count: large.count)
        threads.forEach(large.count) { turn in
            let result = Result { () throws(Status) in try large[turn].definition.makeKernel(large[turn].construction) }
            made.results.withLock { $0[turn] = result }
        }
        results = Dictionary(
            uniqueKeysWithValues: zip(large, made.results.withLock { $0 }).compactMap { origin, result in
                result.map { (origin.index, $0) }
            })
    }

    private final class Made: Sendable {
        let results: Mutex<[Result<any Kernel, Status>?]>

        init(count: Int) { results = Mutex([Result<any Kernel, Status>?](repeating: nil, count: count)) }
    }

    /// What the constants of a kernel take; 0 for nodes that call functions: they compile them, which is done in order.
    private static func byteCount(_ construction: KernelConstruction) -> Int {
        guard !construction.attributes.nameFunctions else { return 0 }
        return construction.facts.inputs.reduce(0) { $0 + ($1.constant?.byteCount ?? 0) }
    }

    /// The kernel of `origin`, which is made now unless it has been. Throws what its definition throws.
    func kernel(of origin: KernelOrigin) throws(Status) -> any Kernel {
        guard let made = results[origin.index] else { return try origin.definition.makeKernel(origin.construction) }
        return try made.get()
    }
}

extension Attributes {
    /// Whether a value is a function or a list of functions.
    fileprivate var nameFunctions: Bool {
        values.values.contains { attribute in
            switch attribute {
            case .function, .functions: true
            default: false
            }
        }
    }
}
