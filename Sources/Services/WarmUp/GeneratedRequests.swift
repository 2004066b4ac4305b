import Graphs
import Models
import Servables
import ServingCore
import Tensors
import Threading

/// Runs each signature of a model once on made-up inputs, so that the first real request finds memory paged in and
/// buffers made.
///
/// Inputs have their default values; otherwise one element in each dimension of unknown size, zeros as numbers and empty
/// strings. Zeros, because they are in range where numbers are positions, counts or sizes. A signature is left out if that
/// makes no input for it, or if running it might change the state of the model.
struct GeneratedRequests {
    /// For all signatures together.
    static let timeLimit: UInt64 = 2_000_000_000
    /// Inputs of a signature take no more bytes.
    static let byteLimit = 64 << 20

    let clock: any Clock

    /// What fails here may well work with real inputs, so nothing of it matters. Throws only `Status.loadingCancelled`.
    func run(on model: Model, _ id: ServableID, isWanted: () -> Bool) throws(Status) {
        let start = Instant(nanoseconds: clock.nanoseconds())
        let deadline = Deadline(start.advanced(byNanoseconds: GeneratedRequests.timeLimit))
        for name in model.signatureNames {
            guard isWanted() else { throw .loadingCancelled }
            guard !deadline.hasPassed(at: Instant(nanoseconds: clock.nanoseconds())) else {
                return Log.debug("Warm-up of \(id): no time is left for signature \(name)")
            }
            guard let runner = model.runner(for: name) else { continue }
            guard !runner.mayChangeState, let feeds = GeneratedRequests.feeds(for: runner) else {
                Log.debug("Warm-up of \(id): signature \(name) is left out")
                continue
            }
            do throws(Status) {
                _ = try model.run(
                    runner, feeds: feeds, outputs: runner.computedOutputs, deadline: deadline, cancellation: nil,
                    purpose: .warmUp)
            } catch {
                Log.debug("Warm-up of \(id): signature \(name) fails on made-up inputs: \(error)")
            }
        }
    }

    /// The inputs of `runner` in feeding order; nil if some cannot be made up.
    static func feeds(for runner: SignatureRunner) -> [Tensor]? {
        var rest = byteLimit
        var feeds: [Tensor] = []
        for input in runner.inputs {
            guard let tensor = input.defaultValue ?? madeUp(input.port, byteLimit: rest) else { return nil }
            rest -= tensor.byteCount
            feeds.append(tensor)
        }
        return feeds
    }

    private static func madeUp(_ port: Signature.Port, byteLimit: Int) -> Tensor? {
        guard ![.resource, .variant, .invalid].contains(port.dataType) else { return nil }
        // Where not even the rank is known, a vector is most likely to do.
        let sizes = (port.shape.dimensions ?? [-1]).map { $0 < 0 ? 1 : $0 }
        guard let shape = TensorShape(validating: sizes) else { return nil }
        let (byteCount, overflow) = shape.elementCount.multipliedReportingOverflow(by: port.dataType.byteCount)
        guard !overflow, byteCount <= byteLimit, let buffer = TensorBuffer(byteCount: byteCount) else { return nil }
        // All bits zero are also an empty string.
        buffer.base.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
        return Tensor(dataType: port.dataType, shape: shape, buffer: buffer)
    }
}
