extension OpRegistry {
    /// Every op of this server, a line for each family.
    public static let standard = OpRegistry([
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
    ])
}
