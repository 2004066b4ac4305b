import ServingCore
import Tensors

/// Integer products: row by row, so that the inner loop runs along rows of `b`; overflow wraps as in TensorFlow.
extension MatrixScalar where Self: FixedWidthInteger {
    static func prepareProducts() throws(Status) {}

    static func multiplyIntegers(_ product: MatrixProduct<Self>) {
        let p = product
        for row in 0..<p.m {
            let result = p.c + row * p.cStride
            if p.bTransposition == .none { result.update(repeating: 0, count: p.n) }
            let (start, step) = p.aTransposition == .none ? (row * p.aStride, 1) : (row, p.aStride)
            if p.bTransposition == .none {
                for index in 0..<p.k {
                    let factor = p.a[start + index * step]
                    let line = p.b + index * p.bStride
                    for column in 0..<p.n { result[column] &+= factor &* line[column] }
                }
            } else {
                for column in 0..<p.n {
                    let line = p.b + column * p.bStride
                    var sum: Self = 0
                    for index in 0..<p.k { sum &+= p.a[start + index * step] &* line[index] }
                    result[column] = sum
                }
            }
        }
    }
}

extension Int16: MatrixScalar {
    static var nanosecondsPerStep: Double { 0.2 }
    static func multiply(_ product: MatrixProduct<Int16>) { multiplyIntegers(product) }
}

extension Int32: MatrixScalar {
    static var nanosecondsPerStep: Double { 0.3 }
    static func multiply(_ product: MatrixProduct<Int32>) { multiplyIntegers(product) }
}

extension Int64: MatrixScalar {
    static var nanosecondsPerStep: Double { 0.6 }
    static func multiply(_ product: MatrixProduct<Int64>) { multiplyIntegers(product) }
}
