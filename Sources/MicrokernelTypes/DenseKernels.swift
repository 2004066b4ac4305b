/// Products of plain matrices of one kind of processor, also of few rows or few columns, where they are bound by reading
/// the weights. All calls have one piece per row (`tapCount` 1).
public struct DenseKernels: Sendable {
    /// Computes a product by the way that suits the number of its rows.
    public let run: @Sendable (borrowing ProductCall) -> Void
    /// So many columns or fewer are better multiplied as lines than as a panel.
    public let fewColumns: Int
    /// Computes a product whose `b` holds the columns one after the other, `tapDepth` elements each.
    public let runLines: @Sendable (borrowing ProductCall) -> Void

    public init(
        run: @escaping @Sendable (borrowing ProductCall) -> Void, fewColumns: Int,
        runLines: @escaping @Sendable (borrowing ProductCall) -> Void
    ) {
        self.run = run
        self.fewColumns = fewColumns
        self.runLines = runLines
    }
}
