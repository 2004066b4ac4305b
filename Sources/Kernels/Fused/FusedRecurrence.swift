import Graphs
import MicrokernelTypes
import ServingCore
import Tensors

/// The ops that `RecurrentLayer` describes.
let fusedRecurrence: [OpDefinition] = [
    recurrent("FusedLSTM") { (_) throws(Status) in .longShortTerm },
    recurrent("FusedGRU") { (attributes) throws(Status) in
        try attributes.bool("resets_before", default: false) ? .gatedState : .gatedReset
    },
    recurrent("FusedRNN") { (attributes) throws(Status) in .plain(try Activation(attributes)) },
]

private func recurrent(
    _ name: String, _ cell: @escaping @Sendable (Attributes) throws(Status) -> RecurrentLayer.Cell
) -> OpDefinition {
    OpDefinition(
        name,
        infer: { (facts) throws(Status) in
            let layer = try RecurrentLayer(try cell(facts.attributes), facts.attributes)
            let rows = try facts.input(0).shape.size(1) ?? -1
            let units = try facts.input(2).shape.size(0) ?? -1
            let state = TensorFact(.float, PartialShape([rows, units]))
            let list = TensorFact(.float, PartialShape([layer.keepsSteps ? -1 : 1, rows, units]))
            return [TensorFact](repeating: state, count: layer.hasCellState ? 2 : 1) + (layer.makesList ? [list] : [])
        }
    ) { (construction) throws(Status) in
        let layer = try RecurrentLayer(try cell(construction.attributes), construction.attributes)
        return RecurrentKernel(layer, try RecurrentWeights(construction, layer))
    }
}
