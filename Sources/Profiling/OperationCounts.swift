import Execution
import Tensors

/// How many arithmetic operations the kernels of each op take, by their sizes.
///
/// A multiplication and the addition of its product are two. Functions such as `Exp` count as one for each element, whatever they
/// are made of. What is joined to a product (bias, activation, residual) is not counted: it is little beside the product. The
/// counts are those of the definition: an algorithm that needs fewer, as minimal filtering does for convolutions, is shown as
/// faster than it is, and may pass the machine's limit.
enum OperationCounts {
    typealias Rule = @Sendable (StepExtent) -> Double?

    /// Of one call; nil if it is not known.
    static func operations(_ step: StepExtent) -> Double? { step.operationCount ?? rules[step.name.op]?(step) }

    private static let rules: [String: Rule] = {
        var rules: [String: Rule] = [:]
        func add(_ ops: String, _ rule: @escaping Rule) {
            for op in ops.split(separator: " ") { rules[String(op)] = rule }
        }
        add("MatMul FusedMatMul BatchMatMul BatchMatMulV2 BatchMatMulV3 FusedBatchMatMulV2", product)
        add("Conv2D FusedConv2D Conv3D") { convolution($0, window: 1) }
        add("DepthwiseConv2dNative FusedDepthwiseConv2dNative") { convolution($0, window: 2) }
        add("Conv2DBackpropInput Conv3DBackpropInputV2", transposedConvolution)
        add("FusedLSTM FusedGRU FusedRNN", recurrence)
        add(oneOperation) { perOutput($0, 1) }
        add("ScaleShift FusedBatchNorm FusedBatchNormV2 FusedBatchNormV3") { perOutput($0, 2) }
        add("SquaredDifference") { perOutput($0, 2) }
        add("AddN") { perOutput($0, Double($0.inputs.count - 1)) }
        // Largest element, difference, exponential, sum, quotient; then mean, difference, square, their mean, and two for scale
        // and offset.
        add("Softmax LogSoftmax") { perOutput($0, 5) }
        add("FusedLayerNormalization") { perOutput($0, 6) }
        add("Sum Mean Max Min Prod All Any ArgMax ArgMin Cumsum Cumprod L2Loss") { step in
            step.inputs.first.map { Double($0.shape.elementCount) }
        }
        return rules
    }()

    /// Ops that do one thing for each element of their result.
    private static let oneOperation = """
        Abs Acos Acosh Add AddV2 Asin Asinh Atan Atan2 Atanh BiasAdd Ceil ClipByValue Cos Cosh Div DivNoNan Elu Equal Erf Erfc \
        Exp Expm1 Floor FloorDiv FloorMod FusedActivation Greater GreaterEqual Inv LeakyRelu Less LessEqual Log Log1p LogicalAnd \
        LogicalNot LogicalOr Maximum Minimum Mod Mul MulNoNan Neg NotEqual Pow RealDiv Reciprocal Relu Relu6 Rint Round Rsqrt \
        Select SelectV2 Selu Sigmoid Sign Sin Sinh Softplus Softsign Sqrt Square Sub Tan Tanh TruncateDiv Xdivy Xlogy
        """

    private static func perOutput(_ step: StepExtent, _ operations: Double) -> Double? {
        step.outputs.first.map { Double($0.shape.elementCount) * operations }
    }

    /// `[..., m, k]` and `[..., k, n]`, each maybe transposed, make `[..., m, n]`.
    private static func product(_ step: StepExtent) -> Double? {
        guard let a = step.inputs.first?.shape, let c = step.outputs.first?.shape, a.rank >= 2, c.rank >= 2 else {
            return nil
        }
        let rows = c[c.rank - 2]
        guard rows > 0 else { return 0 }
        let depth = Double(a[a.rank - 2]) * Double(a[a.rank - 1]) / Double(rows)
        return 2 * Double(c.elementCount) * depth
    }

    /// A filter has its window's sizes and the channels that go into one result, before so many last dimensions.
    private static func convolution(_ step: StepExtent, window last: Int) -> Double? {
        guard step.inputs.count > 1, let result = step.outputs.first, step.inputs[1].shape.rank > last else {
            return nil
        }
        return 2 * Double(result.shape.elementCount) * sizes(of: step.inputs[1].shape, butLast: last)
    }

    private static func transposedConvolution(_ step: StepExtent) -> Double? {
        guard step.inputs.count > 2, step.inputs[1].shape.rank > 1 else { return nil }
        // Each element that comes in is spread over a window of all channels that go out.
        return 2 * Double(step.inputs[2].shape.elementCount) * sizes(of: step.inputs[1].shape, butLast: 1)
    }

    /// The products of each step with both matrices of weights.
    private static func recurrence(_ step: StepExtent) -> Double? {
        guard step.inputs.count > 2, step.inputs[0].shape.rank == 3 else { return nil }
        let rows = Double(step.inputs[0].shape[0]) * Double(step.inputs[0].shape[1])
        return 2 * rows * Double(step.inputs[1].shape.elementCount + step.inputs[2].shape.elementCount)
    }

    private static func sizes(of shape: TensorShape, butLast last: Int) -> Double {
        (0..<shape.rank - last).reduce(1) { $0 * Double(shape[$1]) }
    }
}

/// How many bytes the kernels of each op have to read and write, by their sizes.
enum ByteCounts {
    /// Of one call: each element of the inputs and outputs once, unless the op reads only some or none; nil if it only passes on
    /// what is there.
    static func bytes(_ step: StepExtent) -> Double? {
        if views.contains(step.name.op) { return nil }
        let written = step.outputs.reduce(0) { $0 + $1.byteCount }
        let read = partReaders.contains(step.name.op) ? written : step.inputs.reduce(0) { $0 + $1.byteCount }
        return read + written
    }

    private static let views: Set<String> = [
        "Reshape", "Squeeze", "ExpandDims", "Identity", "IdentityN", "StopGradient", "PreventGradient", "Snapshot",
        "PlaceholderWithDefault", "Shape", "ShapeN", "Rank", "Size", "Bitcast", "EnsureShape", "VarHandleOp",
        "ReadVariableOp",
    ]

    /// They read as much as they write, whatever the sizes of their inputs.
    private static let partReaders: Set<String> = [
        "Gather", "GatherV2", "GatherNd", "ResourceGather", "ResourceGatherNd", "Slice", "StridedSlice",
    ]
}
