import ServingCore
import Tensors

// The products that OpenBLAS computes. Kernels are only made after `prepareProducts` has succeeded.

private func loadedLibrary() -> OpenBLAS {
    do throws(Status) { return try OpenBLAS.load() } catch { preconditionFailure("OpenBLAS is not loaded: \(error)") }
}

extension MatrixProduct {
    /// Calls `body` with parts whose rows and columns CBLAS can count in 32 bits.
    fileprivate func forEachPart(_ body: (MatrixProduct) -> Void) {
        let limit = 1 << 30
        guard m > limit || n > limit else { return body(self) }
        for row in stride(from: 0, to: m, by: limit) {
            let part = rows(row..<min(row + limit, m))
            for column in stride(from: 0, to: n, by: limit) {
                body(part.columns(column..<min(column + limit, n)))
            }
        }
    }

    /// The product as matrix times vector if one operand is a vector: the matrix as stored, whether it is transposed,
    /// the vector and the result with their steps.
    fileprivate var asVectorProduct: VectorProduct<Scalar>? {
        guard m == 1 || n == 1 else { return nil }
        if m == 1 {
            let isStoredStraight = bTransposition == .none
            return VectorProduct(
                rows: isStoredStraight ? k : n, columns: isStoredStraight ? n : k, matrix: b, stride: bStride,
                transposition: isStoredStraight ? .transposed : .none, vector: a,
                vectorStep: aTransposition == .none ? 1 : aStride, result: c, resultStep: 1, resultCount: n)
        }
        let isStoredStraight = aTransposition == .none
        return VectorProduct(
            rows: isStoredStraight ? m : k, columns: isStoredStraight ? k : m, matrix: a, stride: aStride,
            transposition: isStoredStraight ? .none : .transposed, vector: b,
            vectorStep: bTransposition == .none ? bStride : 1, result: c, resultStep: cStride, resultCount: m)
    }
}

private struct VectorProduct<Scalar> {
    var rows: Int
    var columns: Int
    var matrix: UnsafePointer<Scalar>
    var stride: Int
    var transposition: MatrixTransposition
    var vector: UnsafePointer<Scalar>
    var vectorStep: Int
    var result: UnsafeMutablePointer<Scalar>
    var resultStep: Int
    var resultCount: Int

    /// OpenBLAS adds to the result, because versions differ in what they make of garbage times zero.
    func clearResult(to zero: Scalar) {
        if resultStep == 1 { return result.update(repeating: zero, count: resultCount) }
        for index in 0..<resultCount { result[index * resultStep] = zero }
    }
}

extension Float: MatrixScalar {
    static var nanosecondsPerStep: Double { 0.02 }

    static func prepareProducts() throws(Status) { _ = try OpenBLAS.load() }

    static func multiply(_ product: MatrixProduct<Float>) {
        let library = loadedLibrary()
        product.forEachPart { part in
            if let p = part.asVectorProduct {
                p.clearResult(to: 0)
                return library.sgemv(
                    OpenBLAS.rowMajor, p.transposition.rawValue, Int32(p.rows), Int32(p.columns), 1, p.matrix,
                    Int32(p.stride), p.vector, Int32(p.vectorStep), 1, p.result, Int32(p.resultStep))
            }
            library.sgemm(
                OpenBLAS.rowMajor, part.aTransposition.rawValue, part.bTransposition.rawValue, Int32(part.m),
                Int32(part.n), Int32(part.k), 1, part.a, Int32(part.aStride), part.b, Int32(part.bStride), 0, part.c,
                Int32(part.cStride))
        }
    }
}

extension Double: MatrixScalar {
    static var nanosecondsPerStep: Double { 0.04 }

    static func prepareProducts() throws(Status) { _ = try OpenBLAS.load() }

    static func multiply(_ product: MatrixProduct<Double>) {
        let library = loadedLibrary()
        product.forEachPart { part in
            if let p = part.asVectorProduct {
                p.clearResult(to: 0)
                return library.dgemv(
                    OpenBLAS.rowMajor, p.transposition.rawValue, Int32(p.rows), Int32(p.columns), 1, p.matrix,
                    Int32(p.stride), p.vector, Int32(p.vectorStep), 1, p.result, Int32(p.resultStep))
            }
            library.dgemm(
                OpenBLAS.rowMajor, part.aTransposition.rawValue, part.bTransposition.rawValue, Int32(part.m),
                Int32(part.n), Int32(part.k), 1, part.a, Int32(part.aStride), part.b, Int32(part.bStride), 0, part.c,
                Int32(part.cStride))
        }
    }
}

extension Complex: MatrixScalar {
    static var zero: Complex { Complex(0, 0) }
    static var nanosecondsPerStep: Double { Real.self == Float.self ? 0.1 : 0.2 }

    static func prepareProducts() throws(Status) { _ = try OpenBLAS.load() }

    static func multiply(_ product: MatrixProduct<Complex>) {
        let library = loadedLibrary()
        let gemm = Real.self == Float.self ? library.cgemm : library.zgemm
        var one = Complex(1, 0)
        var zero = Complex(0, 0)
        product.forEachPart { part in
            gemm(
                OpenBLAS.rowMajor, part.aTransposition.rawValue, part.bTransposition.rawValue, Int32(part.m),
                Int32(part.n), Int32(part.k), &one, part.a, Int32(part.aStride), part.b, Int32(part.bStride), &zero,
                part.c, Int32(part.cStride))
        }
    }
}
