import ServingCore
import Tensors

/// Reads nested lists into the elements of tensors of one type, with TensorFlow Serving's rules and texts.
public struct JSONTensorReader {
    public let dataType: DataType
    /// Takes the strings; with room for all that are read.
    private let heap: StringHeap?

    /// - Parameters:
    ///   - textBytes: of the whole document, which no strings in it exceed.
    /// Throws RESOURCE_EXHAUSTED if there is no memory for them.
    public init(_ dataType: DataType, textBytes: Int) throws(Status) {
        self.dataType = dataType
        guard dataType == .string else {
            heap = nil
            return
        }
        guard let heap = StringHeap(capacity: textBytes) else {
            throw .resourceExhausted("no \(textBytes) bytes of memory are left for strings")
        }
        self.heap = heap
    }

    /// The sizes of the lists that begin `element`: those of its first element, of the first one in that, and so on.
    public static func shape(of element: JSONElement) -> [Int] {
        var sizes: [Int] = []
        var next: JSONElement? = element
        while let list = next, list.isArray {
            sizes.append(list.count)
            next = list.firstElement
        }
        return sizes
    }

    /// A tensor for elements that are read later. Throws INVALID_ARGUMENT for too many dimensions, RESOURCE_EXHAUSTED without
    /// memory for it.
    public func makeTensor(_ sizes: [Int]) throws(Status) -> Tensor {
        guard let shape = TensorShape(validating: sizes) else {
            throw .invalidArgument(
                "A tensor has at most \(TensorShape.maximumRank) dimensions and must fit into memory; this one has "
                    + "\(sizes.count): \(JSONTensorReader.text(sizes))")
        }
        guard let tensor = Tensor(allocating: dataType, shape: shape) else {
            throw .resourceExhausted("no memory is left for a tensor of shape \(shape)")
        }
        if let heap { tensor.buffer.attach(heap) }
        return tensor
    }

    /// `sizes` as TensorFlow Serving writes them.
    public static func text(_ sizes: [Int]) -> String { "[\(sizes.map(String.init).joined(separator: ","))]" }

    /// The number of elements that `sizes` stand for; nil if there can't be so many in `element`, whose lists then do not have
    /// these sizes.
    public static func elementCount(_ sizes: [Int], in element: JSONElement) -> Int? {
        var count = 1
        for size in sizes {
            let (product, overflow) = count.multipliedReportingOverflow(by: size)
            guard !overflow, product <= element.wordCount else { return nil }
            count = product
        }
        return count
    }

    /// Throws what is wrong with the lists in `element`, which are those of no tensor.
    public func check(_ element: JSONElement, _ sizes: [Int]) throws(Status) {
        let count = element.wordCount
        guard let scratch = Tensor(allocating: dataType, shape: [count]) else {
            throw .resourceExhausted("no memory is left for \(count) elements")
        }
        try fill(element, sizes, UnsafeMutableRawBufferPointer(start: scratch.buffer.base, count: scratch.byteCount))
    }

    /// Reads `element`, whose lists must have `sizes`, into `target`.
    ///
    /// Throws INVALID_ARGUMENT or, for types that JSON has no form for, UNIMPLEMENTED.
    public func fill(
        _ element: JSONElement, _ sizes: [Int], _ target: UnsafeMutableRawBufferPointer
    ) throws(Status) {
        switch dataType {
        case .float: try fill(element, sizes, target) { $0.finiteOrNot.map { Float($0) } }
        case .double: try fill(element, sizes, target) { $0.finiteOrNot }
        case .half: try fill(element, sizes, target) { $0.finiteOrNot.map { Half(Float($0)).bits } }
        case .bfloat16: try fill(element, sizes, target) { $0.finiteOrNot.map { BFloat16(Float($0)).bits } }
        case .complex64:
            try fill(element, sizes, target) { $0.complexNumber.map { Complex(Float($0), Float($1)) } }
        case .complex128: try fill(element, sizes, target) { $0.complexNumber.map { Complex($0, $1) } }
        case .bool: try fill(element, sizes, target) { $0.bool }
        // Anything that fits 32 bits is taken.
        case .int8, .uint8: try fill(element, sizes, target) { narrow($0).map { UInt8(truncatingIfNeeded: $0) } }
        case .int16: try fill(element, sizes, target) { narrow($0).map { UInt16(truncatingIfNeeded: $0) } }
        case .int32: try fill(element, sizes, target) { narrow($0) }
        case .uint16: try fill(element, sizes, target) { element -> UInt16? in element.integer() }
        case .uint32: try fill(element, sizes, target) { element -> UInt32? in element.integer() }
        case .int64: try fill(element, sizes, target) { element -> Int64? in element.integer() }
        case .uint64: try fill(element, sizes, target) { element -> UInt64? in element.integer() }
        case .string: try fillStrings(element, sizes, target)
        default: try fill(element, sizes, target) { _ -> UInt8? in nil }
        }
    }

    private func narrow(_ element: JSONElement) -> Int32? { element.integer() }

    private func fill<Scalar: BitwiseCopyable>(
        _ element: JSONElement, _ sizes: [Int], _ target: UnsafeMutableRawBufferPointer,
        _ convert: (JSONElement) -> Scalar?
    ) throws(Status) {
        let scalars = target.bindMemory(to: Scalar.self)
        var count = 0
        try walk(element, sizes) { (leaf) throws(Status) in
            guard let value = convert(leaf) else { throw mismatch(leaf) }
            guard count < scalars.count else { throw JSONTensorReader.surplus }
            scalars[count] = value
            count += 1
        }
    }

    private static let surplus = Status.internalError("lists have more elements than their sizes tell")

    private func fillStrings(
        _ element: JSONElement, _ sizes: [Int], _ target: UnsafeMutableRawBufferPointer
    ) throws(Status) {
        let elements = target.bindMemory(to: ElementReference.self)
        var count = 0
        try walk(element, sizes) { (leaf) throws(Status) in
            guard count < elements.count, let heap else { throw JSONTensorReader.surplus }
            if leaf.isObject {
                guard let text = leaf.base64Text else {
                    throw .invalidArgument("JSON Value: \(leaf.shownText) not formatted correctly for base64 data")
                }
                guard let bytes = Base64.decodeLeniently(text) else {
                    throw .invalidArgument("Unable to base64 decode")
                }
                elements[count] = bytes.withUnsafeBytes { heap.append($0) }
            } else {
                guard leaf.isString else { throw mismatch(leaf) }
                elements[count] = heap.append(leaf.bytes)
            }
            count += 1
        }
    }

    /// Calls `body` with each element that is no list, in order. There is no recursion: lists may be nested to any depth.
    @inline(__always)
    private func walk(
        _ element: JSONElement, _ sizes: [Int], _ body: (JSONElement) throws(Status) -> Void
    ) throws(Status) {
        let rank = sizes.count
        var level = 0
        var next = element
        let end = element.end
        while next.index < end {
            switch next.tag {
            case UInt8(ascii: "["):
                guard level < rank else {
                    throw .invalidArgument("Encountered list at unexpected level: \(level) expected < \(rank)")
                }
                let count = next.count
                guard count == sizes[level] else {
                    throw .invalidArgument(
                        "Encountered list at unexpected size: \(count) at level: \(level) expected size: \(sizes[level])"
                    )
                }
                level += 1
                next = next.at(next.index + 1)
            case UInt8(ascii: "]"):
                level -= 1
                next = next.at(next.index + 1)
            default:
                guard level == rank else {
                    throw .invalidArgument(
                        "JSON Value: \(next.shownText) found at incorrect level: \(level + 1) in the JSON DOM. "
                            + "Expected at level: \(rank)")
                }
                try body(next)
                next = next.at(next.end)
            }
        }
    }

    private func mismatch(_ element: JSONElement) -> Status {
        let hasForm: Bool
        switch dataType {
        case .float, .double, .half, .bfloat16, .complex64, .complex128, .bool, .int8, .uint8, .int16, .uint16,
            .int32, .uint32, .int64, .uint64, .string:
            hasForm = true
        default: hasForm = element.isObject
        }
        guard hasForm else {
            return .unimplemented("Conversion of JSON Value: \(element.shownText) to type: \(dataType.name)")
        }
        return .invalidArgument(
            "JSON Value: \(element.shownText) Type: \(element.typeName) is not of expected type: \(dataType.name)")
    }
}

extension JSONElement {
    /// A number of whatever form.
    @inline(__always) fileprivate var finiteOrNot: Double? {
        switch tag {
        case UInt8(ascii: "d"): Double(bitPattern: tape[index + 1])
        case UInt8(ascii: "l"): Double(Int64(bitPattern: tape[index + 1]))
        case UInt8(ascii: "u"): Double(tape[index + 1])
        default: nil
        }
    }

    /// A number, or `{"real": 1, "imag": 2}`.
    public var complexNumber: (Double, Double)? {
        if let real = finiteOrNot { return (real, 0) }
        guard isObject, count == 2, let real = first("real")?.finiteOrNot, let imaginary = first("imag")?.finiteOrNot
        else { return nil }
        return (real, imaginary)
    }
}
