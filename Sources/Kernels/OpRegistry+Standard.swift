extension OpRegistry {
    /// Every op of this server, a line for each family.
    public static let standard = OpRegistry([
        constantOps,
        matMulOps,
        convolutionOps,
        identityOps,
        reshapeOps,
        shapeQueryOps,
    ])
}
