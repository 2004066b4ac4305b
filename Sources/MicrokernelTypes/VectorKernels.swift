/// Loops over vectors of elements of one kind of processor.
public struct VectorKernels: Sendable {
    /// Applies a function to so many elements, in place.
    public let activate: @Sendable (_ function: Activation, _ values: UnsafeMutablePointer<Float>, _ count: Int) -> Void
    /// Writes a function of `count` elements, which may be where they are read; `parameter` is for those functions that have one.
    public let apply:
        @Sendable (
            _ function: VectorFunction, _ parameter: Float, _ x: UnsafePointer<Float>,
            _ result: UnsafeMutablePointer<Float>, _ count: Int
        ) -> Void

    public init(
        activate:
            @escaping @Sendable (_ function: Activation, _ values: UnsafeMutablePointer<Float>, _ count: Int) -> Void,
        apply:
            @escaping @Sendable (
                _ function: VectorFunction, _ parameter: Float, _ x: UnsafePointer<Float>,
                _ result: UnsafeMutablePointer<Float>, _ count: Int
            ) -> Void
    ) {
        self.activate = activate
        self.apply = apply
    }
}
