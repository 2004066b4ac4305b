import MicrokernelTypes

/// A reduction of `Float` elements by vectors, wherever elements and results lie at regular distances.
struct VectorReduction: Sendable {
    private let reduce: @Sendable (borrowing ReductionCall) -> Void
    private let isMean: Bool

    /// - Parameter isMean: whether results are divided by the number of their elements.
    init(_ reduce: @escaping @Sendable (borrowing ReductionCall) -> Void, isMean: Bool = false) {
        self.reduce = reduce
        self.isMean = isMean
    }

    /// The loop, which is `general` for all other plans.
    func loop(otherwise general: @escaping ReductionLoop) -> ReductionLoop {
        { source, target, plan, groups in
            guard plan.elementCount > 0 else { return general(source, target, plan, groups) }
            let values = source.assumingMemoryBound(to: Float.self)
            let results = target.assumingMemoryBound(to: Float.self)
            if plan.reducesInnermost {
                guard let stride = plan.outerStride, plan.innerCount == 1 else {
                    return general(source, target, plan, groups)
                }
                reduceRuns(values, results, plan, groups, stride)
            } else {
                guard let stride = plan.innerStride, plan.columns >= ReductionKernels.columns else {
                    return general(source, target, plan, groups)
                }
                reduceColumns(values, results, plan, groups, stride)
            }
        }
    }

    private func reduceRuns(
        _ source: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>, _ plan: ReductionPlan,
        _ groups: Range<Int>, _ stride: Int
    ) {
        reduce(
            ReductionCall(
                source: source + groups.lowerBound &* stride, count: plan.run, stride: 1,
                result: target + groups.lowerBound, resultCount: groups.count, resultStride: stride,
                divisor: isMean ? Float(plan.run) : 1))
    }

    private func reduceColumns(
        _ source: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>, _ plan: ReductionPlan,
        _ blocks: Range<Int>, _ stride: Int
    ) {
        for block in blocks {
            let (group, position) = block.quotientAndRemainder(dividingBy: plan.blocks)
            let columns = plan.columns(of: position)
            reduce(
                ReductionCall(
                    source: source + (plan.outerOffset(group) &+ columns.lowerBound), count: plan.innerCount,
                    stride: stride, result: target + (group &* plan.columns &+ columns.lowerBound),
                    resultCount: columns.count, resultStride: 1, divisor: isMean ? Float(plan.innerCount) : 1))
        }
    }
}
