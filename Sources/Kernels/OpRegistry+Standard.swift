extension OpRegistry {
    /// Every op of this server, a line for each family.
    public static let standard = OpRegistry([
        binaryOps,
        bitcastOps,
        castOps,
        comparisonOps,
        concatOps,
        constantOps,
        fillOps,
        gatherOps,
        identityOps,
        oneHotOps,
        padOps,
        rangeOps,
        reductionOps,
        reshapeOps,
        reverseOps,
        selectOps,
        shapeQueryOps,
        sliceOps,
        splitOps,
        tileOps,
        transposeOps,
        unaryOps,
    ])
}
