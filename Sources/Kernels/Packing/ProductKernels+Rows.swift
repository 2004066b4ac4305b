import MicrokernelTypes

extension ProductKernels {
    /// `c = a · b + bias + residual` for rows of `a` that are `depth` elements long and lie next to each other.
    /// - Parameters:
    ///   - b: panels as `PackedColumns` lays them out.
    ///   - resultStride: elements from one row of `c`, and of the residual, to the next.
    func multiply(
        _ a: UnsafePointer<Float>, rowCount: Int, depth: Int, _ b: WeightPlace, columnCount: Int,
        to c: UnsafeMutablePointer<Float>, resultStride: Int, bias: UnsafePointer<Float>? = nil,
        residual: UnsafePointer<Float>? = nil
    ) {
        withUnsafePointer(to: 0) { start in
            var call = ProductCall(
                a: a, rowStride: depth, rowCount: rowCount, taps: start, tapCount: 1, tapDepth: depth, b: b.elements,
                columnCount: columnCount, c: c, resultStride: resultStride)
            call.multiply(with: b)
            call.bias = bias
            call.residual = residual
            run(call)
        }
    }
}
