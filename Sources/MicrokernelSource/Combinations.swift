import MicrokernelTypes

func combine(_ function: VectorCombination, _ call: borrowing CombinationCall) {
    switch function {
    case .add: forEachRow(call, Sum.self)
    case .subtract: forEachRow(call, Difference.self)
    case .multiply: forEachRow(call, Product.self)
    case .divide: forEachRow(call, Quotient.self)
    case .maximum: forEachRow(call, Maximum.self)
    case .minimum: forEachRow(call, Minimum.self)
    case .squaredDifference: forEachRow(call, SquaredDifference.self)
    }
}

/// A function as a type: loops are compiled for each.
private protocol Combination {
    static func apply(_ x: Lanes, _ y: Lanes) -> Lanes
}

private enum Sum: Combination {
    @inline(__always) static func apply(_ x: Lanes, _ y: Lanes) -> Lanes { x + y }
}

private enum Difference: Combination {
    @inline(__always) static func apply(_ x: Lanes, _ y: Lanes) -> Lanes { x - y }
}

private enum Product: Combination {
    @inline(__always) static func apply(_ x: Lanes, _ y: Lanes) -> Lanes { x * y }
}

private enum Quotient: Combination {
    @inline(__always) static func apply(_ x: Lanes, _ y: Lanes) -> Lanes { x / y }
}

private enum Maximum: Combination {
    @inline(__always) static func apply(_ x: Lanes, _ y: Lanes) -> Lanes {
        y.replacing(with: x, where: (x .> y) .| (x .!= x))
    }
}

private enum Minimum: Combination {
    @inline(__always) static func apply(_ x: Lanes, _ y: Lanes) -> Lanes {
        y.replacing(with: x, where: (x .< y) .| (x .!= x))
    }
}

private enum SquaredDifference: Combination {
    @inline(__always) static func apply(_ x: Lanes, _ y: Lanes) -> Lanes {
        let difference = x - y
        return difference * difference
    }
}

@inline(__always)
private func forEachRow<C: Combination>(_ call: borrowing CombinationCall, _: C.Type) {
    var row = 0
    while row < call.rows {
        let a = call.a + row &* call.rowStrides.a
        let b = call.b + row &* call.rowStrides.b
        let result = call.result + row &* call.columns
        if call.repeats.a {
            let scalar = Lanes(repeating: a[0])
            map(b, result, call.columns) { C.apply(scalar, $0) }
        } else if call.repeats.b {
            let scalar = Lanes(repeating: b[0])
            map(a, result, call.columns) { C.apply($0, scalar) }
        } else {
            zip(a, b, result, call.columns) { C.apply($0, $1) }
        }
        row &+= 1
    }
}
