extension OpRegistry {
    /// Every op of this server, a line for each family.
    public static let standard = OpRegistry([
        activationOps,
        batchNormalizationOps,
        biasAddOps,
        binaryOps,
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
        reshapeOps,
        shapeQueryOps,
        sliceOps,
        softmaxOps,
        splitOps,
        transposeOps,
        unaryOps,
    ])
}
