import ServingCore
import Synchronization
import TestSupport
import Tensors
import Threading

@testable import Batching

/// A clock that moves when it is told to.
final class ManualClock: Clock {
    private let now = Atomic<UInt64>(0)

    func nanoseconds() -> UInt64 { now.load(ordering: .relaxed) }

    func advance(_ nanoseconds: UInt64) { now.add(nanoseconds, ordering: .relaxed) }
}

/// The answers of requests, in the order in which they came.
final class Answers: Sendable {
    private let all = Mutex<[Int: [Result<BatchAnswer, Status>]]>([:])

    func request(
        _ number: Int, _ inputs: [any BatchInput], deadline: Deadline = .never, cancellation: CancellationFlag? = nil
    ) throws -> BatchRequest {
        try BatchRequest(inputs: inputs, deadline: deadline, cancellation: cancellation) { [self] result in
            all.withLock { $0[number, default: []].append(result) }
        }
    }

    /// How often the request was answered.
    func count(_ number: Int) -> Int { all.withLock { $0[number]?.count ?? 0 } }

    var total: Int { all.withLock { $0.values.reduce(0) { $0 + $1.count } } }

    func answer(_ number: Int) -> BatchAnswer? { try? all.withLock { $0[number]?.first }?.get() }

    func failure(_ number: Int) -> Status? {
        if case .failure(let status)? = all.withLock({ $0[number]?.first }) { return status }
        return nil
    }
}

/// What a model was asked to compute.
final class Runs: Sendable {
    struct Run: Sendable {
        let inputs: [Tensor]
        let deadline: Deadline
        let cancellation: CancellationFlag?
    }

    private let all = Mutex<[Run]>([])

    var list: [Run] { all.withLock { $0 } }

    /// Rows of each run.
    var rows: [Int] { list.map { $0.inputs[0].shape[0] } }

    func append(_ inputs: [Tensor], _ deadline: Deadline, _ cancellation: CancellationFlag?) {
        all.withLock { $0.append(Run(inputs: inputs, deadline: deadline, cancellation: cancellation)) }
    }
}

extension BatchQueue.Identity {
    static let test = BatchQueue.Identity(model: "m", version: 7, signature: "s", outputs: ["y", "z"])
}

extension BatchPiece {
    init(_ request: BatchRequest) { self.init(request, arrival: 0) }

    init(_ request: BatchRequest, _ rows: Range<Int>) { self.init(request, rows: rows, arrival: 0) }
}

/// A runner over `model`, and what the model was asked.
func makeRunner(
    _ parameters: BatchingParameters = BatchingParameters(), policy: BatchScheduler.Policy = .adaptive,
    mayRepeat: Bool = true, byteLimit: Int = 1 << 30, clock: any Clock = ManualClock(),
    model: @escaping @Sendable ([Tensor]) throws(Status) -> [Tensor]
) -> (BatchRunner, Runs) {
    let runs = Runs()
    let runner = BatchRunner(
        .test, parameters, policy: policy, mayRepeat: mayRepeat, byteLimit: byteLimit, clock: clock
    ) { (inputs, deadline, cancellation) throws(Status) in
        runs.append(inputs, deadline, cancellation)
        return try model(inputs)
    }
    return (runner, runs)
}

extension Tensor {
    /// The elements in a form that can be compared, strings by their bytes.
    var comparable: [[UInt8]] { dataType == .string ? strings : [Array(bytes)] }

    /// A tensor of random elements.
    static func random(_ type: DataType, _ shape: TensorShape, _ noise: inout Noise) -> Tensor {
        if type == .string {
            let strings = (0..<shape.elementCount).map { _ in
                (0..<Int.random(in: 0...5, using: &noise)).map { _ in UInt8.random(in: 0...255, using: &noise) }
            }
            return Tensor(strings: strings, shape: shape)
        }
        guard let tensor = Tensor(allocating: type, shape: shape) else { fatalError("no memory") }
        for index in 0..<tensor.byteCount {
            tensor.buffer.base.storeBytes(
                of: UInt8.random(in: 0...255, using: &noise), toByteOffset: index, as: UInt8.self)
        }
        return tensor
    }
}
