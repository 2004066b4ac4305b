import ServingCore
import Tensors

/// The equation of `Einsum`: a letter for each dimension of the inputs and of the output.
struct EinsumEquation: Sendable {
    /// A dimension's letter, or a place that an ellipsis stands for, counted from the last one.
    enum Label: Hashable, Sendable {
        case letter(UInt8)
        case broadcast(Int)
    }

    /// The letters of one operand and where the ellipsis stands between them.
    struct Subscript: Sendable {
        var letters: [UInt8]
        var ellipsis: Int?
    }

    let inputs: [Subscript]
    let output: Subscript

    /// Parses `equation`. Throws INVALID_ARGUMENT with TensorFlow's texts if it is none, or not for `inputCount` inputs.
    init(_ equation: String, inputCount: Int) throws(Status) {
        let bytes = Array(equation.utf8)
        let arrows = bytes.indices.dropLast().filter {
            bytes[$0] == UInt8(ascii: "-") && bytes[$0 + 1] == UInt8(ascii: ">")
        }
        guard arrows.count == 1 else {
            throw .invalidArgument("Expecting exactly one '->' in einsum equation: \(equation)")
        }
        let sides = bytes[..<arrows[0]].split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        guard sides.count == 1 || sides.count == 2 else {
            throw .invalidArgument(
                "Expecting 1 or 2 input subscripts in equation '\(equation)' but got: \(sides.count)")
        }
        guard sides.count == inputCount else {
            throw .invalidArgument("Expected \(sides.count) inputs for equation \(equation) but got: \(inputCount)")
        }
        var inputs: [Subscript] = []
        for side in sides { inputs.append(try EinsumEquation.parse(side, "input")) }
        output = try EinsumEquation.parse(bytes[(arrows[0] + 2)...], "output")
        self.inputs = inputs
        for letter in output.letters where !inputs.contains(where: { $0.letters.contains(letter) }) {
            throw .invalidArgument(
                "Einsum output subscripts for equation '\(equation)' has label "
                    + "'\(String(decoding: [letter], as: UTF8.self))' which is not present in the input subscripts")
        }
    }

    private static func parse(_ text: ArraySlice<UInt8>, _ side: String) throws(Status) -> Subscript {
        let dot = UInt8(ascii: ".")
        let letters = text.filter { $0 != dot }
        let dots = text.indices.filter { text[$0] == dot }
        guard let first = dots.first else { return Subscript(letters: letters, ellipsis: nil) }
        guard dots.count == 3, dots[2] == first + 2 else {
            throw .invalidArgument(
                "Expected at most one ellipsis (...), but found \(dots.count) periods (.) in the \(side) subscript: "
                    + String(decoding: text, as: UTF8.self))
        }
        return Subscript(letters: letters, ellipsis: first - text.startIndex)
    }

    /// The label of each dimension of input `index`. Throws INVALID_ARGUMENT if its rank does not fit.
    func labels(ofInput index: Int, rank: Int) throws(Status) -> [Label] {
        let input = inputs[index]
        guard input.ellipsis != nil else {
            guard rank == input.letters.count else {
                throw .invalidArgument("Expected input \(index) to have rank \(input.letters.count) but got: \(rank)")
            }
            return expand(input, broadcastCount: 0)
        }
        guard rank >= input.letters.count else {
            throw .invalidArgument(
                "Expected input \(index) to have rank at least \(input.letters.count) but got: \(rank)")
        }
        return expand(input, broadcastCount: rank - input.letters.count)
    }

    /// The label of each dimension of the output, where an ellipsis stands for `broadcastCount` dimensions.
    func outputLabels(broadcastCount: Int) throws(Status) -> [Label] {
        guard output.ellipsis != nil || broadcastCount == 0 else {
            throw .invalidArgument(
                "Output contains \(broadcastCount) broadcasting dimension(s) but no ellipsis (...) was found in the "
                    + "output subscripts.")
        }
        return expand(output, broadcastCount: broadcastCount)
    }

    private func expand(_ part: Subscript, broadcastCount: Int) -> [Label] {
        var labels = part.letters.map { Label.letter($0) }
        guard let ellipsis = part.ellipsis else { return labels }
        let places = (0..<broadcastCount).map { Label.broadcast(broadcastCount - 1 - $0) }
        labels.insert(contentsOf: places, at: ellipsis)
        return labels
    }
}
