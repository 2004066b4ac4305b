import MicrokernelTypes

/// The layout of packed weights in general: panels of columns, in which the rows lie one after the other.
struct WeightPanels: Equatable, Sendable {
    /// Columns of a panel.
    let width: Int
    /// Rows: the terms of each sum.
    let depth: Int
    /// Elements of all panels, which are whole.
    let count: Int

    /// Where the columns that are not the matrix's own are zeros.
    init(width: Int, depth: Int, count: Int) {
        self.width = width
        self.depth = depth
        self.count = count
    }

    /// Nil if there are too many elements to count.
    init?(_ columns: PackedColumns) {
        guard let count = columns.elementCount else { return nil }
        self.init(width: columns.panelWidth, depth: columns.depth, count: count)
    }
}

/// Where packed weights stand, for the calls that multiply with them; somebody else holds them.
struct WeightPlace {
    /// The first element of a panel.
    var elements: UnsafeRawPointer
    let precision: WeightPrecision
    /// One for each column from the panel on; nil if the weights are not scaled.
    var scales: UnsafePointer<Float>?
    /// Rows of the panels.
    let depth: Int

    init(_ elements: UnsafeRawPointer, _ precision: WeightPrecision, scales: UnsafePointer<Float>?, depth: Int) {
        self.elements = elements
        self.precision = precision
        self.scales = scales
        self.depth = depth
    }

    /// The panel that begins `elements` elements behind.
    func advanced(by elements: Int) -> WeightPlace {
        var place = self
        place.elements += elements &* precision.byteCount
        if let scales { place.scales = scales + elements / depth }
        return place
    }
}

extension ProductCall {
    /// Takes other weights.
    mutating func multiply(with weights: WeightPlace) {
        b = weights.elements
        precision = weights.precision
        scales = weights.scales
    }
}
