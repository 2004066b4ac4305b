import MicrokernelTypes
import Tensors

/// The memory of packed weights that are kept in fewer bits than a `Float` has: the elements of the panels; with `int8Weights`
/// on the next boundary of 64 bytes the scale of each column; on the next one behind what the weights have lost.
struct NarrowWeights {
    private let precision: WeightPrecision
    private let panels: WeightPanels
    private let scalesOffset: Int
    private let lossesOffset: Int

    /// How far weights are from those that they were made from.
    struct Losses: BitwiseCopyable {
        /// The largest difference, as a share of the largest weight of its column.
        var largest = 0.0
        /// The sum of the squares of the differences.
        var errorSquares = 0.0
        /// The sum of the squares of the weights.
        var weightSquares = 0.0
        /// False if the weights can't be kept this way.
        var areBearable = true
    }

    /// - Parameter panels: not of so many elements that twice their bytes as `Float`s can't be counted.
    init(_ precision: WeightPrecision, _ panels: WeightPanels) {
        self.precision = precision
        self.panels = panels
        scalesOffset = Self.rounded(panels.count * precision.byteCount)
        let scales = precision == .int8Weights ? panels.count / panels.depth * MemoryLayout<Float>.stride : 0
        lossesOffset = Self.rounded(scalesOffset + scales)
    }

    private static func rounded(_ byteCount: Int) -> Int { (byteCount + 63) & ~63 }

    /// The size of the memory, in `Float`s.
    var floatCount: Int { (lossesOffset + Self.rounded(MemoryLayout<Losses>.stride)) / MemoryLayout<Float>.stride }

    /// One for each column of all panels.
    func scales(in memory: UnsafeRawPointer) -> UnsafePointer<Float> {
        (memory + scalesOffset).assumingMemoryBound(to: Float.self)
    }

    func losses(in memory: UnsafeRawPointer) -> Losses { (memory + lossesOffset).load(as: Losses.self) }

    /// Fills `memory` with weights that `pack` writes as `Float`s. Those that can't be kept are not bearable: some of them are
    /// beyond the range, or without enough memory.
    func write(to memory: UnsafeMutableRawPointer, _ pack: (UnsafeMutablePointer<Float>) -> Void) {
        var losses = Losses()
        if let wide = PackedMemory.allocateBriefly(byteCount: panels.count * MemoryLayout<Float>.stride) {
            let values = wide.base.assumingMemoryBound(to: Float.self)
            pack(values)
            withUnsafeTemporaryAllocation(of: Float.self, capacity: 2 * panels.width) { room in
                let largest = room.baseAddress!
                let errors = largest + panels.width
                for panel in 0..<panels.count / (panels.width * panels.depth) where losses.areBearable {
                    let source = UnsafePointer(values + panel * panels.width * panels.depth)
                    findLargest(source, largest)
                    errors.update(repeating: 0, count: panels.width)
                    switch precision {
                    case .int8Weights: writeBytes(panel, source, largest, errors, &losses, memory)
                    case .bf16, .float: writeHalves(panel, source, errors, &losses, memory)
                    }
                    for column in 0..<panels.width where largest[column] > 0 && largest[column].isFinite {
                        losses.largest = max(losses.largest, Double(errors[column] / largest[column]))
                    }
                }
            }
        } else {
            losses.areBearable = false
        }
        (memory + lossesOffset).storeBytes(of: losses, as: Losses.self)
    }

    /// The largest magnitude of each column; infinite if an element is no number.
    private func findLargest(_ source: UnsafePointer<Float>, _ largest: UnsafeMutablePointer<Float>) {
        largest.update(repeating: 0, count: panels.width)
        var line = source
        for _ in 0..<panels.depth {
            for column in 0..<panels.width {
                let size = line[column].magnitude
                // What is no number is not less than anything either.
                largest[column] = size <= largest[column] ? largest[column] : size.isNaN ? .infinity : size
            }
            line += panels.width
        }
    }

    private func writeHalves(
        _ panel: Int, _ source: UnsafePointer<Float>, _ errors: UnsafeMutablePointer<Float>, _ losses: inout Losses,
        _ memory: UnsafeMutableRawPointer
    ) {
        let size = panels.width * panels.depth
        let target = memory.assumingMemoryBound(to: UInt16.self) + panel * size
        var column = 0
        for index in 0..<size {
            let weight = source[index]
            let half = BFloat16(weight)
            target[index] = half.bits
            if weight.isFinite {
                let difference = half.floatValue - weight
                // The greatest numbers would become infinite.
                if !difference.isFinite { losses.areBearable = false }
                errors[column] = max(errors[column], difference.magnitude)
                losses.errorSquares += Double(difference) * Double(difference)
                losses.weightSquares += Double(weight) * Double(weight)
            }
            column = column + 1 == panels.width ? 0 : column + 1
        }
    }

    private func writeBytes(
        _ panel: Int, _ source: UnsafePointer<Float>, _ largest: UnsafePointer<Float>,
        _ errors: UnsafeMutablePointer<Float>, _ losses: inout Losses, _ memory: UnsafeMutableRawPointer
    ) {
        let size = panels.width * panels.depth
        let target = memory.assumingMemoryBound(to: Int8.self) + panel * size
        let scales = UnsafeMutablePointer(mutating: scales(in: memory)) + panel * panels.width
        for column in 0..<panels.width {
            if !largest[column].isFinite { losses.areBearable = false }
            let scale = largest[column] / 127
            // A subnormal scale would be flushed to zero, and so are the weights.
            scales[column] = scale.isNormal ? scale : 0
        }
        guard losses.areBearable else { return }
        var column = 0
        for index in 0..<size {
            let weight = source[index]
            let scale = scales[column]
            let steps = scale == 0 ? 0 : (weight / scale).rounded(.toNearestOrEven)
            let limited = max(-127, min(127, steps))
            target[index] = Int8(limited)
            let difference = limited * scale - weight
            errors[column] = max(errors[column], difference.magnitude)
            losses.errorSquares += Double(difference) * Double(difference)
            losses.weightSquares += Double(weight) * Double(weight)
            column = column + 1 == panels.width ? 0 : column + 1
        }
    }
}
