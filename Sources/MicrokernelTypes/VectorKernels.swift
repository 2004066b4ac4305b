/// Loops over vectors of elements of one kind of processor.
public struct VectorKernels: Sendable {
    /// Applies a function to so many elements, in place.
    public let activate: @Sendable (_ function: Activation, _ values: UnsafeMutablePointer<Float>, _ count: Int) -> Void

    public init(
        activate:
            @escaping @Sendable (_ function: Activation, _ values: UnsafeMutablePointer<Float>, _ count: Int) -> Void
    ) {
        self.activate = activate
    }
}
