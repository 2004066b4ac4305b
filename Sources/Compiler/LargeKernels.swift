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

    init(_ origins: [KernelOrigin], _ threads: BriefThreads) {
        let large = origins.filter { LargeKernels.isLarge($0.construction) }
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

    /// Nodes that call functions compile them, which is done in order.
    private static func isLarge(_ construction: KernelConstruction) -> Bool {
        let bytes = construction.facts.inputs.reduce(0) { $0 + ($1.constant?.byteCount ?? 0) }
        return bytes >= leastBytes && !construction.attributes.nameFunctions
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
