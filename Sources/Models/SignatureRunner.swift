import Compiler
import Execution
import Graphs
import ServingCore
import Synchronization
import Tensors

/// A signature that is ready to run: its inputs in feeding order, and a program for each set of outputs asked for.
public final class SignatureRunner: Sendable {
    /// One input: the client's name for it and what the signature says of it.
    public struct Input: Sendable {
        public let alias: String
        public let port: Signature.Port
        public let defaultValue: Tensor?
    }

    /// The signature of requests that name none.
    public static let defaultName = "serving_default"

    public let signature: Signature
    /// Whether a run may leave something behind that later runs see, such as another value of a variable.
    public let mayChangeState: Bool
    /// Sorted by tensor name; TensorFlow counts arguments in this order.
    public let inputs: [Input]
    /// All output aliases, sorted.
    public let outputAliases: [String]
    /// The input aliases, sorted, as error texts list them.
    let sortedInputAliases: [String]

    /// Set while the version is being loaded, if requests to it are batched.
    let queues = AtomicLazyReference<SignatureQueues>()

    private let prepare: @Sendable ([String]) throws(Status) -> Program
    private let programs: Mutex<Programs>
    private let recentNanoseconds = Atomic<UInt64>(0)
    private let runs = Atomic<UInt64>(0)

    private struct Programs {
        /// The program for all outputs; nil if they can't be asked for together.
        var whole: Program?
        var filtered: [[String]: Program] = [:]
        /// How often all programs were made anew.
        var generation = 0
    }

    /// At most so many programs for different output filters are kept.
    private static let maximumFilters = 64

    /// - Parameter prepare: makes the program that fetches the outputs of the given aliases.
    init(
        signature: Signature, mayChangeState: Bool,
        prepare: @escaping @Sendable ([String]) throws(Status) -> Program
    ) throws(Status) {
        self.signature = signature
        self.mayChangeState = mayChangeState
        inputs = SignatureRunner.feedOrder(of: signature)
        outputAliases = signature.outputs.keys.sorted()
        sortedInputAliases = signature.inputs.keys.sorted()
        self.prepare = prepare
        let computed = SignatureRunner.computedOutputs(of: signature)
        programs = Mutex(Programs(whole: computed == outputAliases ? try prepare(outputAliases) : nil))
    }

    /// Makes all programs anew, because variables that they hold as constants will change. Runs that began before may still
    /// end with the old ones.
    func remakePrograms() throws(Status) {
        let hadWhole = programs.withLock { programs in
            // What is being made now for an output filter may be of the old kind.
            programs.generation += 1
            programs.filtered.removeAll()
            return programs.whole != nil
        }
        guard hadWhole else { return }
        let program = try prepare(outputAliases)
        programs.withLock { $0.whole = program }
    }

    /// Whether all outputs can be asked for together.
    var computesAll: Bool { whole != nil }

    /// The constants of the program for all outputs.
    var constants: [Tensor] { programs.withLock { $0.whole }?.constantTensors ?? [] }

    /// The output aliases of `signature`, sorted, without those that name one of its inputs: TensorFlow serves a signature
    /// with such an output, and refuses the requests that ask for it.
    static func computedOutputs(of signature: Signature) -> [String] {
        func outlet(_ name: String) -> Substring { name.hasSuffix(":0") ? name.dropLast(2) : name[...] }
        let fed = Set(signature.inputs.values.map { outlet($0.tensorName) })
        return signature.outputs.filter { !fed.contains(outlet($0.value.tensorName)) }.keys.sorted()
    }

    /// The inputs of `signature` sorted by tensor name.
    static func feedOrder(of signature: Signature) -> [Input] {
        signature.inputs
            .map { Input(alias: $0.key, port: $0.value, defaultValue: signature.defaults[$0.key]) }
            .sorted { ($0.port.tensorName, $0.alias) < ($1.port.tensorName, $1.alias) }
    }

    /// The time of recent runs in nanoseconds, or nil before there were enough of them to tell.
    public var typicalNanoseconds: UInt64? {
        runs.load(ordering: .relaxed) < 16 ? nil : recentNanoseconds.load(ordering: .relaxed)
    }

    /// Records that a run took `nanoseconds`. Concurrent records may lose one of them.
    func record(nanoseconds: UInt64) {
        let old = recentNanoseconds.load(ordering: .relaxed)
        recentNanoseconds.store(old == 0 ? nanoseconds : old - old / 8 + nanoseconds / 8, ordering: .relaxed)
        runs.add(1, ordering: .relaxed)
    }

    /// The output aliases that can be computed together, sorted: all but those that name an input.
    public var computedOutputs: [String] { SignatureRunner.computedOutputs(of: signature) }

    /// The program that computes the outputs `aliases`, all of them known and none twice.
    func program(for aliases: [String]) throws(Status) -> Program {
        let (known, generation) = programs.withLock { programs in
            let isWhole = programs.whole != nil && aliases == outputAliases
            return (isWhole ? programs.whole : programs.filtered[aliases], programs.generation)
        }
        if let known { return known }
        let program = try prepare(aliases)
        programs.withLock { programs in
            guard programs.generation == generation else { return }
            if programs.filtered.count >= SignatureRunner.maximumFilters { programs.filtered.removeAll() }
            programs.filtered[aliases] = program
        }
        return program
    }
}
