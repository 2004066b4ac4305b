/// Loops that do nothing but reach a limit of one kind of processor, to compare others with.
public struct LimitKernels: Sendable {
    /// Arithmetic operations of a round; a multiplication and an addition are two.
    public let operationsPerRound: Int
    /// Multiplies and adds in registers for so many rounds, at least one. The result means nothing, but keeps the compiler from
    /// leaving them out.
    public let multiplyAndAdd: @Sendable (_ rounds: Int) -> Float

    public init(operationsPerRound: Int, multiplyAndAdd: @escaping @Sendable (_ rounds: Int) -> Float) {
        self.operationsPerRound = operationsPerRound
        self.multiplyAndAdd = multiplyAndAdd
    }
}
