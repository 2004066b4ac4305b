/// Vectors of any length whose elements are compared by instructions; comparisons in generic code go through each element.
protocol OrderedLanes: SIMD where Scalar == Float {
    /// The greater elements; those of `self` where an element is no number.
    func greater(_ other: Self) -> Self
    /// The smaller elements; those of `self` where an element is no number.
    func smaller(_ other: Self) -> Self
    /// The elements of `other` where they are no numbers.
    func replaced(whereNoNumber other: Self) -> Self
}

extension SIMD4: OrderedLanes where Scalar == Float {
    @inline(__always) func greater(_ other: Self) -> Self { replacing(with: other, where: other .> self) }
    @inline(__always) func smaller(_ other: Self) -> Self { replacing(with: other, where: other .< self) }
    @inline(__always) func replaced(whereNoNumber other: Self) -> Self {
        replacing(with: other, where: other .!= other)
    }
}

extension SIMD8: OrderedLanes where Scalar == Float {
    @inline(__always) func greater(_ other: Self) -> Self { replacing(with: other, where: other .> self) }
    @inline(__always) func smaller(_ other: Self) -> Self { replacing(with: other, where: other .< self) }
    @inline(__always) func replaced(whereNoNumber other: Self) -> Self {
        replacing(with: other, where: other .!= other)
    }
}

extension SIMD16: OrderedLanes where Scalar == Float {
    @inline(__always) func greater(_ other: Self) -> Self { replacing(with: other, where: other .> self) }
    @inline(__always) func smaller(_ other: Self) -> Self { replacing(with: other, where: other .< self) }
    @inline(__always) func replaced(whereNoNumber other: Self) -> Self {
        replacing(with: other, where: other .!= other)
    }
}
