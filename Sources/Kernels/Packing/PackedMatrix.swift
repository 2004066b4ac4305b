import Execution
import MicrokernelTypes
import ServingCore
import Tensors

/// Packed weights in the precision that they are kept in.
struct PackedMatrix: Sendable {
    let precision: WeightPrecision
    private let panels: WeightPanels
    private let tensor: Tensor

    /// Weights of fewer elements stay `Float`: they lie in the caches anyway.
    static let fewestReduced = 16 << 10

    /// Weights as `Float`, packed by the caller.
    init(_ tensor: Tensor, _ panels: WeightPanels) {
        self.init(tensor, panels, .float)
    }

    private init(_ tensor: Tensor, _ panels: WeightPanels, _ precision: WeightPrecision) {
        self.tensor = tensor
        self.panels = panels
        self.precision = precision
    }

    /// The first panel.
    var place: WeightPlace {
        let memory = UnsafeRawPointer(tensor.pointer(Float.self))
        return WeightPlace(
            memory, precision,
            scales: precision == .int8Weights ? NarrowWeights(precision, panels).scales(in: memory) : nil,
            depth: panels.depth)
    }

    /// What all weights take.
    var byteCount: Int { tensor.byteCount }

    /// What the weights have lost; nil if they are `Float`.
    var reduction: WeightReduction? {
        guard precision != .float else { return nil }
        let losses = NarrowWeights(precision, panels).losses(in: tensor.pointer(Float.self))
        return WeightReduction(
            identity: ObjectIdentifier(tensor.buffer), byteCount: tensor.byteCount,
            fullByteCount: panels.count * MemoryLayout<Float>.stride, largestError: losses.largest,
            errorSquares: losses.errorSquares, weightSquares: losses.weightSquares)
    }

    /// What weights of this precision call a layout.
    static func layoutName(_ layout: String, in precision: WeightPrecision) -> String {
        precision == .float ? layout : "\(precision.name), \(layout)"
    }

    /// - Parameters as for `KernelConstruction.packed`.
    fileprivate static func make(
        _ construction: KernelConstruction, _ source: ConstantWeights, layout: String, panels: WeightPanels,
        _ pack: (_ values: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>) -> Void
    ) throws(Status) -> PackedMatrix {
        let precision = construction.precision(ofWeights: panels.count)
        if precision != .float {
            let narrow = NarrowWeights(precision, panels)
            let tensor = try construction.packed(
                source, layout: layoutName(layout, in: precision), count: narrow.floatCount
            ) { values, target in
                narrow.write(to: target) { pack(values, $0) }
            }
            if narrow.losses(in: tensor.pointer(Float.self)).areBearable {
                return PackedMatrix(tensor, panels, precision)
            }
        }
        return PackedMatrix(try construction.packed(source, layout: layout, count: panels.count, pack), panels)
    }
}

extension KernelConstruction {
    /// The precision that weights of `count` elements are to be kept in; those that no number of it comes close to stay `Float`.
    func precision(ofWeights count: Int) -> WeightPrecision {
        count < PackedMatrix.fewestReduced || count > Int.max / 8 ? .float : precision
    }

    /// As `packed`, for weights that are multiplied in panels and may be kept in fewer bits.
    /// - Parameters:
    ///   - panels: what `pack` writes.
    func packedMatrix(
        _ source: ConstantWeights, layout: String, panels: WeightPanels,
        _ pack: (_ values: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>) -> Void
    ) throws(Status) -> PackedMatrix {
        try PackedMatrix.make(self, source, layout: layout, panels: panels, pack)
    }

    /// The same for a constant that is not empty and has no factors.
    func packedMatrix(
        _ source: Tensor, layout: String, panels: WeightPanels, _ pack: (UnsafeMutablePointer<Float>) -> Void
    ) throws(Status) -> PackedMatrix {
        let line = WeightMatrix.product([source.elementCount, 1], isTransposed: false)
        return try packedMatrix(
            try ConstantWeights(source, line, factors: nil), layout: layout, panels: panels
        ) { pack($1) }
    }
}
