/// Loops over vectors of elements of one kind of processor.
public struct VectorKernels: Sendable {
    /// Applies a function to so many elements, in place.
    public typealias Activate =
        @Sendable (_ function: Activation, _ values: UnsafeMutablePointer<Float>, _ count: Int) -> Void
    /// Writes a function of `count` elements, which may be where they are read; `parameter` is for those functions that have one.
    public typealias Apply =
        @Sendable (
            _ function: VectorFunction, _ parameter: Float, _ x: UnsafePointer<Float>,
            _ result: UnsafeMutablePointer<Float>, _ count: Int
        ) -> Void
    /// Writes a function of two operands.
    public typealias Combine = @Sendable (_ function: VectorCombination, _ call: borrowing CombinationCall) -> Void
    public typealias Softmax = @Sendable (_ call: borrowing SoftmaxCall) -> Void

    public let activate: Activate
    public let apply: Apply
    public let combine: Combine
    public let softmax: Softmax

    public init(
        activate: @escaping Activate, apply: @escaping Apply, combine: @escaping Combine, softmax: @escaping Softmax
    ) {
        self.activate = activate
        self.apply = apply
        self.combine = combine
        self.softmax = softmax
    }
}
