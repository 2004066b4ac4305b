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

    /// Asked for each run, because they may be made anew.
    let programs: SignaturePrograms
    private let recentNanoseconds = Atomic<UInt64>(0)
    private let runs = Atomic<UInt64>(0)

    /// - Parameters:
    ///   - frozen: the variables whose values `prepare` may take as constants.
    ///   - prepare: makes the program that fetches the outputs of the given aliases; it may rely on the `reliableShape` of each
    ///     input, or on nothing.
    init(
        signature: Signature, mayChangeState: Bool, frozen: FrozenVariables,
        prepare: @escaping @Sendable ([String], SignaturePrograms.Reliance) throws(Status) -> Program
    ) throws(Status) {
        self.signature = signature
        self.mayChangeState = mayChangeState
        inputs = SignatureRunner.feedOrder(of: signature)
        outputAliases = signature.outputs.keys.sorted()
        sortedInputAliases = signature.inputs.keys.sorted()
        programs = try SignaturePrograms(
            outputs: outputAliases, shapes: inputs.map { SignatureRunner.reliableShape(of: $0.port) },
            hasWhole: SignatureRunner.computedOutputs(of: signature) == outputAliases, frozen: frozen, prepare: prepare)
    }

    /// The constants of the program for all outputs.
    var constants: [Tensor] { programs.whole?.constantTensors ?? [] }

    /// Those of them that runs read in rare calls at most.
    var packedConstants: [Tensor] { programs.whole?.packedConstants ?? [] }

    /// See `Program.bringBackConstants`.
    func bringBackConstants() throws(Status) { try programs.whole?.bringBackConstants() }

    /// Whether there is a program for all outputs.
    var computesAll: Bool { programs.whole != nil }

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

    /// What programs may rely on of the shape of an input: what is declared, but for the first dimension, in which clients put as
    /// much as they like together.
    static func reliableShape(of port: Signature.Port) -> PartialShape {
        guard let sizes = port.shape.dimensions, TensorShape(validating: sizes.map { max($0, 1) }) != nil else {
            return .unknown
        }
        return PartialShape(sizes.enumerated().map { index, size in index == 0 ? -1 : max(size, -1) })
    }

    /// The time of recent runs in nanoseconds, or nil before there were enough of them to tell.
    public var typicalNanoseconds: UInt64? {
        runs.load(ordering: .relaxed) < 16 ? nil : recentNanoseconds.load(ordering: .relaxed)
    }

    /// Records that a run took `nanoseconds`. Concurrent records may lose one of them.
    func record(nanoseconds: UInt64) {
        let old = recentNanoseconds.load(ordering: .relaxed)
        // A run during which the system gave the processor to somebody else says little, so none counts for many.
        let counted = min(nanoseconds, max(old &* 4, 1000))
        recentNanoseconds.store(old == 0 ? nanoseconds : old - old / 8 + counted / 8, ordering: .relaxed)
        runs.add(1, ordering: .relaxed)
    }

    /// The output aliases that can be computed together, sorted: all but those that name an input.
    public var computedOutputs: [String] { SignatureRunner.computedOutputs(of: signature) }

    /// The program that computes the outputs `aliases`, all of them known and none twice, from feeds of the declared shapes.
    func program(for aliases: [String]) throws(Status) -> Program {
        try programs.program(for: aliases)
    }
}
