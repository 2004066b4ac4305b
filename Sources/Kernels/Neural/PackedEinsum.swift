import Execution
import Graphs
import MicrokernelTypes
import ServingCore
import Tensors

/// `Einsum` of rows with a constant: the first operand ends with the dimensions that are summed up, the second begins or ends
/// with them, and the result has what is left of the first and then of the second, as in `abc,cde->abde`.
final class PackedEinsumKernel: Kernel {
    private let product: PackedProduct
    /// The sizes that are summed up.
    private let terms: [Int]
    /// The sizes of the result's last dimensions.
    private let columns: [Int]
    /// The rank of the first operand, or the least one if its equation has an ellipsis.
    private let rank: Int
    private let hasEllipsis: Bool
    private let general: any Kernel

    private init(
        _ product: PackedProduct, terms: [Int], columns: [Int],
        _ rows: EinsumEquation.Subscript, _ general: any Kernel
    ) {
        self.product = product
        self.terms = terms
        self.columns = columns
        rank = rows.letters.count
        hasEllipsis = rows.ellipsis != nil
        self.general = general
    }

    /// The kernel for `construction` if it is such a product of `Float` elements, else `general`.
    static func make(_ construction: KernelConstruction, else general: any Kernel) throws(Status) -> any Kernel {
        guard construction.facts.inputs.count >= 2, try construction.input(0).dataType == .float,
            let weights = try construction.input(1).constant, weights.elementCount > 0
        else { return general }
        let equation = try EinsumEquation(try construction.attributes.string("equation"), inputCount: 2)
        guard let split = split(equation), weights.shape.rank == equation.inputs[1].letters.count else {
            return general
        }
        let sizes = weights.shape.dimensions
        let terms = Array(split.isTransposed ? sizes.suffix(split.terms) : sizes.prefix(split.terms))
        let columns = Array(split.isTransposed ? sizes.dropLast(split.terms) : sizes.dropFirst(split.terms))
        let (rows, channels) = (terms.reduce(1, *), columns.reduce(1, *))
        let matrix = WeightMatrix.product(
            split.isTransposed ? [channels, rows] : [rows, channels], isTransposed: split.isTransposed)
        let product = try PackedProduct(
            construction, try ConstantWeights(weights, matrix, factors: nil), activation: .linear)
        return PackedEinsumKernel(product, terms: terms, columns: columns, equation.inputs[0], general)
    }

    /// How many dimensions are summed up, and whether the second operand ends with them; nil for other products.
    private static func split(_ equation: EinsumEquation) -> (terms: Int, isTransposed: Bool)? {
        let (left, right, output) = (equation.inputs[0], equation.inputs[1], equation.output)
        for letters in [left.letters, right.letters, output.letters] where Set(letters).count != letters.count {
            return nil
        }
        let terms = right.letters.filter { !output.letters.contains($0) }
        let columns = right.letters.filter { output.letters.contains($0) }
        guard !terms.isEmpty, right.ellipsis == nil, left.letters.suffix(terms.count) == terms[...],
            output.letters == left.letters.dropLast(terms.count) + columns,
            left.ellipsis == output.ellipsis, (left.ellipsis ?? 0) <= left.letters.count - terms.count
        else { return nil }
        if right.letters == terms + columns { return (terms.count, false) }
        return right.letters == columns + terms ? (terms.count, true) : nil
    }

    var packedInputs: [Int] { [1] }

    var weightReductions: [WeightReduction] { product.weightReductions }

    func compute(_ context: borrowing KernelContext) throws(Status) {
        guard let shape = resultShape(context.input(0).shape) else { return try general.compute(context) }
        let output = try context.allocateOutput(0, .float, shape)
        product.run(
            rows: shape.elementCount / product.columns, a: context.input(0).pointer(Float.self), bias: nil,
            residual: nil, c: output.pointer(Float.self), in: context)
    }

    /// The shape of the product of an operand of shape `a`; nil if there are no elements or it does not fit.
    private func resultShape(_ a: TensorShape) -> TensorShape? {
        guard hasEllipsis ? a.rank >= rank : a.rank == rank, a.elementCount > 0 else { return nil }
        let sizes = a.dimensions
        guard Array(sizes.suffix(terms.count)) == terms else { return nil }
        let result = sizes.dropLast(terms.count) + columns
        return result.count <= TensorShape.maximumRank ? TensorShape(validating: Array(result)) : nil
    }
}
