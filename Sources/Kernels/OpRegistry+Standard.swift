extension OpRegistry {
    /// Every op of this server, a line for each family.
    public static let standard = OpRegistry([
        binaryOps,
        castOps,
        comparisonOps,
        concatOps,
        constantOps,
        identityOps,
        reductionOps,
        reshapeOps,
        shapeQueryOps,
        sliceOps,
        splitOps,
        transposeOps,
        unaryOps,
    ])
}
