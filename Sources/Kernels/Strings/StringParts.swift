import Execution
import Graphs
import ServingCore
import Tensors

/// `StringLength` and `Substr`, in bytes or in UTF-8 characters.
let stringPartOps: [OpDefinition] = [
    OpDefinition(
        "StringLength",
        infer: { (facts) throws(Status) in [TensorFact(.int32, try facts.input(0).shape)] },
        makeKernel: { (construction) throws(Status) in
            StringLengthKernel(countsCharacters: try usesCharacters(construction))
        }),
    OpDefinition(
        "Substr",
        infer: { (facts) throws(Status) in
            [TensorFact(.string, try Inference.broadcast(try facts.input(0).shape, try facts.input(1).shape))]
        },
        makeKernel: { (construction) throws(Status) in
            let type = try construction.input(1).dataType
            guard type == .int32 || type == .int64 else { throw construction.unsupported(type) }
            return SubstringKernel(countsCharacters: try usesCharacters(construction))
        }),
]

private func usesCharacters(_ construction: KernelConstruction) throws(Status) -> Bool {
    switch try construction.attributes.string("unit", default: "BYTE") {
    case "BYTE": return false
    case "UTF8_CHAR": return true
    case let other:
        throw .invalidArgument("unit must be BYTE or UTF8_CHAR, not \(other)")
    }
}

private final class StringLengthKernel: Kernel {
    private let countsCharacters: Bool

    init(countsCharacters: Bool) { self.countsCharacters = countsCharacters }

    func compute(_ context: borrowing KernelContext) throws(Status) {
        let input = context.input(0)
        let output = try context.allocateOutput(0, .int32, input.shape).pointer(Int32.self)
        for (index, element) in input.elements(ElementReference.self).enumerated() {
            let length = countsCharacters ? UTF8Text.characterCount(element.bytes) : element.count
            output[index] = Int32(truncatingIfNeeded: length)
        }
    }
}

private final class SubstringKernel: Kernel {
    private let countsCharacters: Bool

    init(countsCharacters: Bool) { self.countsCharacters = countsCharacters }

    func compute(_ context: borrowing KernelContext) throws(Status) {
        let (input, positions, lengths) = (context.input(0), context.input(1), context.input(2))
        guard positions.shape == lengths.shape else {
            throw .invalidArgument(
                "pos and len should have the same shape, got: \(positions.shape) vs. \(lengths.shape)")
        }
        guard let shape = try Inference.broadcast(PartialShape(input.shape), PartialShape(positions.shape)).full else {
            throw .invalidArgument("the broadcast shape of \(input.shape) and \(positions.shape) is too large")
        }
        let texts = BatchLayout(input.shape, in: shape, matrixSize: 1)
        let places = BatchLayout(positions.shape, in: shape, matrixSize: 1)
        let output = try context.allocateOutput(0, .string, shape)
        output.buffer.attachContents(of: input.buffer)
        let elements = output.pointer(ElementReference.self)
        for index in 0..<shape.elementCount {
            let text = input.pointer(ElementReference.self)[texts.offset(index)]
            let place = places.offset(index)
            guard let part = part(of: text, from: positions.index(at: place), length: lengths.index(at: place)) else {
                let shown = countsCharacters ? "" : " b'\(String(decoding: text.bytes, as: UTF8.self))'"
                throw .invalidArgument(
                    "pos \(positions.index(at: place)) out of range for string\(shown) at index \(index)")
            }
            elements[index] = part
        }
    }

    /// The part of `text`, which shares its memory; nil if it does not begin within the text.
    private func part(of text: ElementReference, from position: Int, length: Int) -> ElementReference? {
        let total = countsCharacters ? UTF8Text.characterCount(text.bytes) : text.count
        guard position <= total, position >= -total else { return nil }
        let first = position < 0 ? position + total : position
        // Where TensorFlow counts bytes, a negative length is a huge one.
        let rest = length < 0 ? (countsCharacters ? 0 : total - first) : min(length, total - first)
        let last = first + rest
        guard countsCharacters else { return slice(text, first, last) }
        return slice(
            text, UTF8Text.offset(ofCharacter: first, in: text.bytes),
            UTF8Text.offset(ofCharacter: last, in: text.bytes))
    }

    private func slice(_ text: ElementReference, _ start: Int, _ end: Int) -> ElementReference {
        ElementReference(pointer: text.pointer.map { $0 + start }, count: end - start)
    }
}
