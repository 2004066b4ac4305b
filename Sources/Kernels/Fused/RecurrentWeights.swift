import Execution
import MicrokernelTypes
import ServingCore
import Tensors

/// The constants of a recurrent layer as its kernels want them.
struct RecurrentWeights: Sendable {
    /// Elements of a row of the sequence.
    let width: Int
    let units: Int
    /// Elements of a row of a state: the units in whole blocks.
    let stateStride: Int
    /// Elements of a row of sums.
    let sumStride: Int
    /// The input weights as columns, in the order of the sums.
    let input: PackedMatrix
    let recurrent: PackedMatrix
    let bias: Tensor
    let candidateBias: Tensor

    init(_ construction: KernelConstruction, _ layer: RecurrentLayer) throws(Status) {
        let (input, recurrent) = (try construction.constant(1), try construction.constant(2))
        guard input.shape.rank == 2, recurrent.shape.rank == 2, recurrent.dataType == .float, input.dataType == .float
        else { throw .invalidArgument("\(construction.node.op) needs matrices of weights") }
        width = input.shape[0]
        units = recurrent.shape[0]
        let columns = units &* layer.gates
        guard units > 0, width > 0, input.shape[1] == columns, recurrent.shape[1] == columns else {
            throw .invalidArgument("weights of shapes \(input.shape) and \(recurrent.shape) do not fit each other")
        }
        let block =
            switch layer.cell {
            case .longShortTerm, .gatedReset: RecurrentKernels.current.blockWidth
            case .gatedState, .plain: units
            }
        stateStride = (units + block - 1) / block * block
        sumStride = stateStride * layer.gates
        let order = RecurrentOrder(units: units, gates: layer.gates, block: block)
        self.input = try order.packedColumns(input, construction)
        self.recurrent =
            switch layer.cell {
            case .longShortTerm, .gatedReset: try order.packedSteps(recurrent, construction)
            case .gatedState: try GatedStateStep(units: units).packed(recurrent, construction)
            case .plain: try order.packedColumns(recurrent, construction)
            }
        bias = try order.packedBias(try construction.constant(3), construction)
        let candidate = RecurrentOrder(units: units, gates: 1, block: block)
        if let index = layer.candidateBiasInput {
            candidateBias = try candidate.packedBias(try construction.constant(index), construction)
        } else {
            candidateBias = bias
        }
    }
}

/// How the columns of gates are ordered: block after block of units, in it gate after gate.
private struct RecurrentOrder {
    let units: Int
    let gates: Int
    let block: Int

    /// Columns with those that fill up the last block.
    var columnCount: Int { (units + block - 1) / block * block * gates }
    private var name: String { "recurrent \(gates) gates of \(units) in \(block)" }

    /// The column of the model's matrix that stands at `position`; nil if it only fills up.
    private func source(of position: Int) -> Int? {
        let unit = position / (block * gates) * block + position % block
        return unit < units ? position / block % gates * units + unit : nil
    }

    /// `rows` rows in the new order.
    private func reorder(_ matrix: Tensor, rows: Int, to target: UnsafeMutablePointer<Float>) {
        let values = matrix.pointer(Float.self)
        for position in 0..<columnCount {
            let column = source(of: position)
            for row in 0..<rows {
                target[row * columnCount + position] = column.map { values[row * units * gates + $0] } ?? 0
            }
        }
    }

    /// Blocks after each other, each with all rows.
    func packedSteps(_ matrix: Tensor, _ construction: KernelConstruction) throws(Status) -> PackedMatrix {
        let panel = block * gates
        let panels = WeightPanels(width: panel, depth: units, count: units * columnCount)
        return try construction.packedMatrix(matrix, layout: "\(name) steps", panels: panels) { target in
            let values = matrix.pointer(Float.self)
            for position in 0..<columnCount {
                let column = source(of: position)
                let first = position / panel * panel * units + position % panel
                for row in 0..<units {
                    target[first + row * panel] = column.map { values[row * units * gates + $0] } ?? 0
                }
            }
        }
    }

    func packedBias(_ vector: Tensor, _ construction: KernelConstruction) throws(Status) -> Tensor {
        guard vector.dataType == .float, vector.elementCount == units * gates else {
            throw .invalidArgument("\(units * gates) biases expected, not \(vector.shape)")
        }
        return try construction.packed(vector, layout: "\(name) bias", count: columnCount) { target in
            reorder(vector, rows: 1, to: target)
        }
    }

    /// The columns in the new order, packed for a product.
    func packedColumns(_ matrix: Tensor, _ construction: KernelConstruction) throws(Status) -> PackedMatrix {
        let depth = matrix.shape[0]
        let packing = PackedColumns(depth: depth, columnCount: columnCount)
        guard let panels = WeightPanels(packing), let shape = TensorShape(validating: [depth, columnCount]),
            let ordered = Tensor(allocating: .float, shape: shape)
        else { throw .resourceExhausted("no memory for the weights of node \(construction.node.name)") }
        reorder(matrix, rows: depth, to: ordered.pointer(Float.self))
        return try construction.packedMatrix(matrix, layout: "\(name) \(packing.name)", panels: panels) { target in
            packing.pack(ordered.pointer(Float.self), rowStride: columnCount, to: target)
        }
    }
}

extension KernelConstruction {
    /// The value of input `index`. Throws INTERNAL if it is not the same in every run.
    fileprivate func constant(_ index: Int) throws(Status) -> Tensor {
        guard let value = try input(index).constant else {
            throw .internalError("input \(index) of \(node.op) is not constant")
        }
        return value
    }
}
