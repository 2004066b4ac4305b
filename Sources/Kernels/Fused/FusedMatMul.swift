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
            let general = EpilogueKernel(try OpRegistry.standard[base]!.makeKernel(construction), epilogue)
            return try FusedMatMulKernel.make(
                construction, epilogue, isBatched: base != "MatMul", else: general)
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

    /// The kernel for `construction` if its second input is a constant matrix of `Float` elements, else `general`.
    static func make(
        _ construction: KernelConstruction, _ epilogue: Epilogue, isBatched: Bool, else general: any Kernel
    ) throws(Status) -> any Kernel {
        let attributes = construction.attributes
        let isFloat = try construction.input(0).dataType == .float
        guard isFloat, let matrix = try construction.input(1).constant, matrix.shape.rank == 2,
            matrix.elementCount > 0, try !attributes.bool(isBatched ? "adj_x" : "transpose_a", default: false)
        else { return general }
        let isTransposed = try attributes.bool(isBatched ? "adj_y" : "transpose_b", default: false)
        let product = try PackedProduct(
            construction, matrix, depth: matrix.shape[isTransposed ? 1 : 0],
            columns: matrix.shape[isTransposed ? 0 : 1],
            isTransposed: isTransposed, activation: epilogue.activation)
        return FusedMatMulKernel(product, epilogue, isBatched: isBatched, general)
    }

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
