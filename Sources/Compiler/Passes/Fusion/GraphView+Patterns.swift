import Graphs
import Kernels
import ServingCore
import Tensors

/// Questions that patterns of several nodes ask.
extension GraphView {
    /// The inputs of the node that makes `outlet` if it is one of `ops` with one output.
    func inputs(_ outlet: OutletID, of ops: Set<String>) -> [OutletID]? {
        guard ops.contains(op(outlet.node)), outlet.slot == 0 else { return nil }
        return node(outlet.node).inputs
    }

    /// The only input of the node that makes `outlet` if it is one of `ops`.
    func input(_ outlet: OutletID, of ops: Set<String>) -> OutletID? {
        guard let inputs = inputs(outlet, of: ops), inputs.count == 1 else { return nil }
        return inputs[0]
    }

    /// The input of `node`, which has two, that is not `outlet`; nil if both are.
    func other(_ node: Int, than outlet: OutletID) -> OutletID? {
        let inputs = self.node(node).inputs
        guard inputs.count == 2, inputs[0] != inputs[1] else { return nil }
        return inputs[0] == outlet ? inputs[1] : inputs[1] == outlet ? inputs[0] : nil
    }

    /// The value of `outlet` if it is a `Float` scalar that never changes.
    func scalar(_ outlet: OutletID) -> Float? {
        guard let value = fact(outlet).constant, value.dataType == .float, value.elementCount == 1 else { return nil }
        return value.pointer(Float.self)[0]
    }

    /// True if `outlet` never changes and has one `Float` element for each element of the last dimension of `rows`, whose rank
    /// it does not raise.
    func isColumnConstant(_ outlet: OutletID, of rows: OutletID) -> Bool {
        guard let value = fact(outlet).constant, value.dataType == .float, value.shape.rank > 0,
            let sizes = fact(rows).shape.dimensions, let columns = sizes.last, columns > 0
        else { return false }
        return value.elementCount == columns && value.shape[value.shape.rank - 1] == columns
            && value.shape.rank <= sizes.count
    }

    /// What `outlet` is the mean of over the last dimension, which it keeps as a 1.
    func meanOperand(_ outlet: OutletID) -> OutletID? {
        guard let inputs = inputs(outlet, of: ["Mean"]), inputs.count == 2,
            (try? node(outlet.node).attributes.bool("keep_dims", default: false)) == true,
            let axes = fact(inputs[1]).constant?.integers, axes.count == 1,
            let rank = fact(inputs[0]).shape.rank, rank > 0
        else { return nil }
        return axes[0] == -1 || axes[0] == rank - 1 ? inputs[0] : nil
    }
}
