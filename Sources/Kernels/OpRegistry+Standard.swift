extension OpRegistry {
    /// Every op of this server, a line for each family.
    public static let standard = OpRegistry([
        activationOps,
        batchNormalizationOps,
        biasAddOps,
        binaryOps,
        castOps,
        comparisonOps,
        concatOps,
        constantOps,
        convolutionOps,
        depthwiseConvolutionOps,
        identityOps,
        inTopKOps,
        localResponseNormalizationOps,
        matMulOps,
        poolingOps,
        rectifierOps,
        reductionOps,
        reshapeOps,
        shapeQueryOps,
        sliceOps,
        softmaxOps,
        splitOps,
        transposeOps,
        unaryOps,
    ])
}
