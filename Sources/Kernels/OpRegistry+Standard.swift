extension OpRegistry {
    /// Every op of this server, a line for each family.
    public static let standard = OpRegistry([
        concatOps,
        constantOps,
        matMulOps,
        convolutionOps,
        identityOps,
        reshapeOps,
        shapeQueryOps,
        matMulOps,
        sliceOps,
        splitOps,
        transposeOps,
    ])
}
