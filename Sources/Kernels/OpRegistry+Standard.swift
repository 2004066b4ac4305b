extension OpRegistry {
    /// Every op of this server, a line for each family.
    public static let standard = OpRegistry([
        binaryOps,
        concatOps,
        constantOps,
        convolutionOps,
        depthwiseConvolutionOps,
        biasAddOps,
        poolingOps,
        activationOps,
        rectifierOps,
        softmaxOps,
        batchNormalizationOps,
        localResponseNormalizationOps,
        inTopKOps,
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
