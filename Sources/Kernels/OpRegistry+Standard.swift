extension OpRegistry {
    /// Every op of this server, a line for each family.
    public static let standard = OpRegistry([
        constantOps,
        matMulOps,
        convolutionOps,
        depthwiseConvolutionOps,
        transposedConvolutionOps,
        biasAddOps,
        poolingOps,
        activationOps,
        rectifierOps,
        softmaxOps,
        batchNormalizationOps,
        localResponseNormalizationOps,
        inTopKOps,
        einsumOps,
        identityOps,
        reshapeOps,
        shapeQueryOps,
    ])
}
