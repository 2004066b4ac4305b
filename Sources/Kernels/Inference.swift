import Graphs
import ServingCore
import Tensors

/// Inference rules that many ops share.
public enum Inference {
    /// One output with the type and shape of input 0.
    public static let sameAsInput: OpDefinition.Inference = { (facts) throws(Status) in
        let input = try facts.input(0)
        return [TensorFact(input.dataType, input.shape)]
    }

    /// No outputs.
    public static let noOutputs: OpDefinition.Inference = { (_) throws(Status) in [] }

    /// One output of unknown shape whose type is attribute `name`, or the type of input 0 if the attribute is absent.
    public static func type(_ name: String) -> OpDefinition.Inference {
        { (facts) throws(Status) in
            if facts.attributes[name] != nil { return [TensorFact(try facts.attributes.type(name))] }
            return [TensorFact(try facts.input(0).dataType)]
        }
    }

    /// The shape of an element-wise op on `a` and `b`. Throws INVALID_ARGUMENT if they cannot be broadcast.
    public static func broadcast(_ a: PartialShape, _ b: PartialShape) throws(Status) -> PartialShape {
        guard let x = a.dimensions, let y = b.dimensions else { return .unknown }
        let rank = max(x.count, y.count)
        var result = [Int](repeating: 1, count: rank)
        for index in 0..<rank {
            let p = index < rank - x.count ? 1 : x[index - (rank - x.count)]
            let q = index < rank - y.count ? 1 : y[index - (rank - y.count)]
            switch (p, q) {
            case (1, _): result[index] = q
            case (_, 1): result[index] = p
            case (-1, _): result[index] = q
            case (_, -1): result[index] = p
            default:
                guard p == q else { throw .invalidArgument("Incompatible shapes: \(a) vs. \(b)") }
                result[index] = p
            }
        }
        return PartialShape(result)
    }
}
