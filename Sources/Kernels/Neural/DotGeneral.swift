import Execution
import Graphs
import ServingCore
import Synchronization
import Tensors

/// `XlaDot` and `XlaDotV2`: products of tensors over named dimensions, computed as the `Einsum` that says the same. The
/// result has the operands' type.
let dotGeneralOps: [OpDefinition] = ["XlaDot", "XlaDotV2"].map { name in
    OpDefinition(
        name,
        infer: { (facts) throws(Status) in
            let type =
                name == "XlaDot" ? try facts.input(0).dataType : try facts.attributes.type("preferred_element_type")
            return [TensorFact(type)]
        },
        makeKernel: { (construction) throws(Status) in
            guard let einsum = einsumOps.first(where: { $0.name == "Einsum" }) else { preconditionFailure("no Einsum") }
            let (left, right) = (try construction.input(0), try construction.input(1))
            guard left.dataType == right.dataType, construction.outputs.first?.dataType == left.dataType else {
                throw .unimplemented(
                    "\(name) of \(left.dataType.name) and \(right.dataType.name) gives only \(left.dataType.name) here")
            }
            let dimensions = try DotDimensions(try construction.attributes.bytes("dimension_numbers"))
            let kernel = DotKernel { (leftRank, rightRank) throws(Status) in
                let equation = try dimensions.equation(leftRank, rightRank)
                var node = construction.node
                node.attributes["equation"] = .string(Array(equation.utf8))
                return try einsum.makeKernel(
                    KernelConstruction(
                        facts: NodeFacts(node: node, inputs: construction.facts.inputs), outputs: construction.outputs,
                        resources: construction.resources, precision: construction.precision,
                        compileFunction: construction.compileFunction))
            }
            if let leftRank = left.shape.rank, let rightRank = right.shape.rank {
                return try kernel.product(leftRank, rightRank)
            }
            return kernel
        })
}

/// A product of operands whose ranks only a run shows; what it is computed with is kept.
private final class DotKernel: Kernel {
    typealias Construction = @Sendable (_ leftRank: Int, _ rightRank: Int) throws(Status) -> any Kernel
    private let make: Construction
    private let made = Mutex<[[Int]: any Kernel]>([:])

    init(_ make: @escaping Construction) { self.make = make }

    func product(_ leftRank: Int, _ rightRank: Int) throws(Status) -> any Kernel {
        if let kernel = made.withLock({ $0[[leftRank, rightRank]] }) { return kernel }
        let kernel = try make(leftRank, rightRank)
        made.withLock { $0[[leftRank, rightRank]] = kernel }
        return kernel
    }

    func compute(_ context: borrowing KernelContext) throws(Status) {
        try product(context.input(0).shape.rank, context.input(1).shape.rank).compute(context)
    }
}

/// XLA's `DotDimensionNumbers`: which dimensions of both operands are multiplied and which are walked together.
struct DotDimensions: Sendable {
    /// By field number from 1: contracting dimensions left and right, batch dimensions left and right.
    private var lists: [[Int]] = [[], [], [], []]

    /// Reads the serialized message: four lists of numbers, packed or not.
    init(_ bytes: [UInt8]) throws(Status) {
        var position = 0
        func varint() throws(Status) -> Int {
            var result = 0
            var shift = 0
            while position < bytes.count, shift < 63 {
                let byte = bytes[position]
                position += 1
                result |= Int(byte & 0x7f) << shift
                if byte < 0x80 { return result }
                shift += 7
            }
            throw .invalidArgument("dimension_numbers is not a valid DotDimensionNumbers message")
        }
        while position < bytes.count {
            let key = try varint()
            let field = key >> 3
            guard (1...4).contains(field), key & 7 == 0 || key & 7 == 2 else {
                throw .invalidArgument("dimension_numbers is not a valid DotDimensionNumbers message")
            }
            guard key & 7 == 2 else {
                lists[field - 1].append(try varint())
                continue
            }
            let length = try varint()
            guard length <= bytes.count - position else {
                throw .invalidArgument("dimension_numbers is not a valid DotDimensionNumbers message")
            }
            let end = position + length
            while position < end { lists[field - 1].append(try varint()) }
        }
    }

    /// The equation for operands of these ranks: the result has the batch dimensions, then what is left of both operands.
    func equation(_ leftRank: Int, _ rightRank: Int) throws(Status) -> String {
        guard lists[0].count == lists[1].count, lists[2].count == lists[3].count, leftRank + rightRank <= 52,
            areDistinct(lists[0] + lists[2], below: leftRank), areDistinct(lists[1] + lists[3], below: rightRank)
        else { throw .invalidArgument("dimension_numbers do not fit operands of ranks \(leftRank) and \(rightRank)") }
        let letters = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
        let left = Array(letters[..<leftRank])
        var right = Array(letters[leftRank..<leftRank + rightRank])
        for (a, b) in zip(lists[0] + lists[2], lists[1] + lists[3]) { right[b] = left[a] }
        let batch = lists[2].map { left[$0] }
        let freeLeft = left.indices.filter { !lists[0].contains($0) && !lists[2].contains($0) }.map { left[$0] }
        let freeRight = right.indices.filter { !lists[1].contains($0) && !lists[3].contains($0) }.map { right[$0] }
        return String(left) + "," + String(right) + "->" + String(batch + freeLeft + freeRight)
    }

    private func areDistinct(_ values: [Int], below limit: Int) -> Bool {
        Set(values).count == values.count && values.allSatisfy { $0 >= 0 && $0 < limit }
    }
}
