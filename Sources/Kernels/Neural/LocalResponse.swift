import Graphs
import ServingCore

/// What `LRN` and its gradient divide by: `(bias + alpha * the sum of the neighbours' squares) ** beta`.
struct LocalResponse: Sendable {
    private let radius: Int
    private let bias: Float
    let alpha: Float
    let beta: Float

    /// Throws INVALID_ARGUMENT if the radius is negative or has more than 32 bits.
    init(_ attributes: Attributes) throws(Status) {
        radius = try attributes.int("depth_radius", default: 5)
        bias = try attributes.float("bias", default: 1)
        alpha = try attributes.float("alpha", default: 1)
        beta = try attributes.float("beta", default: 0.5)
        guard radius >= 0, radius <= Int(Int32.max) else {
            throw .invalidArgument("depth_radius = \(radius) is not a 32-bit number that is not negative")
        }
    }

    /// The channels, of `count`, whose squares count for `channel`.
    func neighbours(of channel: Int, count: Int) -> Range<Int> {
        max(0, channel - radius)..<min(count, channel + radius + 1)
    }

    /// What is raised to the power of `beta`.
    func norm(squares: Float) -> Float { bias + alpha * squares }
}
