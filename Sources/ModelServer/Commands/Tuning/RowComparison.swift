import ServingCore
import Tensors

/// Whether the rows of a batch are answered as if each had come alone.
struct RowComparison {
    /// What differs first, as a sentence; nil if all is the same within rounding.
    ///
    /// - Parameters:
    ///   - batch: the outputs of all rows together, each with the rows along its first dimension.
    ///   - single: for each row, the outputs of that row alone.
    static func difference(batch: [Tensor], single: [[Tensor]], names: [String]) -> String? {
        for (row, outputs) in single.enumerated() {
            for (index, name) in names.enumerated() {
                let (whole, alone) = (batch[index], outputs[index])
                guard whole.shape.dimensions.dropFirst() == alone.shape.dimensions.dropFirst() else {
                    return
                        "output \(name) has rows of another shape when they run together (\(whole.shape)) than alone "
                        + "(\(alone.shape))"
                }
                guard isSame(whole, row: row, alone) else {
                    return
                        "output \(name) of row \(row + 1) is another when \(single.count) rows run together than alone"
                }
            }
        }
        return nil
    }

    private static func isSame(_ whole: Tensor, row: Int, _ alone: Tensor) -> Bool {
        let count = alone.elementCount
        let range = row * count..<(row + 1) * count
        switch whole.dataType {
        case .float, .complex64: return isNear(floats(whole, range), floats(alone, 0..<count), 1e-3)
        case .double, .complex128: return isNear(doubles(whole, range), doubles(alone, 0..<count), 1e-6)
        case .half:
            let numbers = { (tensor: Tensor, range: Range<Int>) in
                tensor.elements(UInt16.self)[range].map { Double(Float16(bitPattern: $0)) }
            }
            return isNear(numbers(whole, range), numbers(alone, 0..<count), 2e-2)
        case .bfloat16:
            let numbers = { (tensor: Tensor, range: Range<Int>) in
                tensor.elements(UInt16.self)[range].map { Double(Float(bitPattern: UInt32($0) << 16)) }
            }
            return isNear(numbers(whole, range), numbers(alone, 0..<count), 5e-2)
        case .string:
            let strings = whole.elements(ElementReference.self)[range]
            return zip(strings, alone.elements(ElementReference.self)).allSatisfy { $0.bytes.elementsEqual($1.bytes) }
        case .resource, .variant, .invalid: return true
        default:
            let size = whole.dataType.byteCount
            let bytes = UnsafeRawBufferPointer(rebasing: whole.bytes[range.lowerBound * size..<range.upperBound * size])
            return bytes.elementsEqual(alone.bytes)
        }
    }

    private static func floats(_ tensor: Tensor, _ range: Range<Int>) -> [Double] {
        let width = tensor.dataType == .complex64 ? 2 : 1
        let all = UnsafeRawBufferPointer(tensor.bytes).bindMemory(to: Float.self)
        return all[range.lowerBound * width..<range.upperBound * width].map { Double($0) }
    }

    private static func doubles(_ tensor: Tensor, _ range: Range<Int>) -> [Double] {
        let width = tensor.dataType == .complex128 ? 2 : 1
        let all = UnsafeRawBufferPointer(tensor.bytes).bindMemory(to: Double.self)
        return Array(all[range.lowerBound * width..<range.upperBound * width])
    }

    /// Whether numbers differ by no more than a part of the largest of them: sums of another order differ that much.
    private static func isNear(_ left: [Double], _ right: [Double], _ tolerance: Double) -> Bool {
        let scale = (left + right).filter(\.isFinite).map(abs).max() ?? 0
        return zip(left, right).allSatisfy { a, b in
            a == b || (a.isNaN && b.isNaN) || abs(a - b) <= tolerance * scale
        }
    }
}
