extension OpRegistry {
    /// Every op of this server, a line for each family.
    public static let standard = OpRegistry([
        binaryOps,
        concatOps,
        constantOps,
        convolutionOps,
        identityOps,
        matMulOps,
        reshapeOps,
        shapeQueryOps,
        sliceOps,
        splitOps,
        transposeOps,
        unaryOps,
    ])
}
