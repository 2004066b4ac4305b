import Execution
import Graphs
import MicrokernelTypes
import ServingCore
import Tensors

/// `MatMul` and `BatchMatMulV2` of `Float` elements with an epilogue: `FusedMatMul`, `FusedBatchMatMulV2`.
let fusedMatMulOps: [OpDefinition] = ["MatMul", "BatchMatMulV2"].map { base in
    OpDefinition(
        "Fused\(base)", infer: { (facts) throws(Status) in try OpRegistry.standard[base]!.infer(facts) },
        makeKernel: { (construction) throws(Status) in
            let epilogue = try Epilogue(construction.attributes, inputs: 2)
            let product = try makeGeneralProduct(construction, isBatched: base != "MatMul")
            return try FusedMatMulKernel.make(
                construction, epilogue, isBatched: base != "MatMul", else: EpilogueKernel(product, epilogue))
        })
}

/// A product of `Float` rows with a constant matrix and its epilogue: `MatMul` and the batched products, and those that the
/// compiler has joined with what follows.
///
/// Calls of other shapes, and those that must fail, go to the kernel for all shapes.
final class FusedMatMulKernel: Kernel {
    private let product: PackedProduct
    private let epilogue: Epilogue
    /// True if the rows may have any number of leading dimensions.
    private let isBatched: Bool
    private let general: any Kernel

    private init(_ product: PackedProduct, _ epilogue: Epilogue, isBatched: Bool, _ general: any Kernel) {
        self.product = product
        self.epilogue = epilogue
        self.isBatched = isBatched
        self.general = general
    }

    /// True if the kernel of such a product is made from packed weights, as far as that is known before it is made.
    static func packs(_ facts: NodeFacts, isBatched: Bool) throws(Status) -> Bool {
        guard try facts.input(0).dataType == .float, let matrix = try facts.input(1).constant, matrix.shape.rank == 2,
            matrix.elementCount > 0
        else { return false }
        return try !facts.attributes.bool(isBatched ? "adj_x" : "transpose_a", default: false)
    }

    /// The kernel for `construction` if its second input is a constant matrix of `Float` elements, else `general`.
    static func make(
        _ construction: KernelConstruction, _ epilogue: Epilogue, isBatched: Bool, else general: any Kernel
    ) throws(Status) -> any Kernel {
        let factors = try WeightFactors(construction.attributes)
        let general = factors == nil ? general : RefusingKernel()
        guard try packs(construction.facts, isBatched: isBatched), let matrix = try construction.input(1).constant
        else {
            return general
        }
        let isTransposed = try construction.attributes.bool(isBatched ? "adj_y" : "transpose_b", default: false)
        let weights = try ConstantWeights(
            matrix, .product(matrix.shape, isTransposed: isTransposed), factors: factors)
        return try RefusingKernel.unlessTooLarge { () throws(Status) in
            let product = try PackedProduct(construction, weights, activation: epilogue.activation)
            return FusedMatMulKernel(product, epilogue, isBatched: isBatched, general)
        }
    }

    var packedInputs: [Int] { [1] }

    var weightReductions: [WeightReduction] { product.weightReductions }

    func compute(_ context: borrowing KernelContext) throws(Status) {
        guard let shape = resultShape(context.input(0).shape) else { return try general.compute(context) }
        let output = try epilogue.allocateOutput(context, shape)
        let operands = try epilogue.operands(context, for: shape)
        product.run(
            rows: shape.elementCount / product.columns, a: context.input(0).pointer(Float.self), bias: operands.bias,
            residual: operands.residual, c: output.pointer(Float.self), in: context)
    }

    /// The shape of the product of rows of shape `a`; nil if there are none or they do not fit.
    private func resultShape(_ a: TensorShape) -> TensorShape? {
        guard a.rank == 2 || isBatched && a.rank > 2, a.elementCount > 0, a[a.rank - 1] == product.depth else {
            return nil
        }
        var shape = a
        shape[a.rank - 1] = product.columns
        return shape.isAddressable ? shape : nil
    }
}
