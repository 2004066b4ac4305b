import Graphs
import Kernels
import ServingCore

extension Fusion {
    /// Joins connected `Float` ops that compute element by element and have one result to a program, which walks through memory
    /// once.
    static let elementwise = Fusion(name: .elementwise) { (view, patch) throws(Status) in
        for index in view.graph.nodes.indices.reversed() where patch.isFree([index]) {
            guard let group = ElementwiseGroup(view, root: index, patch) else { continue }
            patch.replace(group.nodes, result: OutletID(node: index), by: group.fused(view))
        }
    }
}

/// Element-wise nodes of which only the last is read by others.
private struct ElementwiseGroup {
    private var members: Set<Int>
    /// In running order.
    var nodes: [Int] { members.sorted() }

    init?(_ view: GraphView, root: Int, _ patch: FusionPatch) {
        guard ElementwiseGroup.isElementwise(root, view) else { return nil }
        members = [root]
        var grows = true
        while grows, members.count < ElementwiseProgram.maximumInstructions {
            grows = false
            for input in members.sorted(by: >).flatMap({ view.node($0).inputs }) {
                guard accepts(input, view, root: root), patch.isFree([input.node]) else { continue }
                members.insert(input.node)
                if ElementwiseGroup.inputs(members, view).count > ElementwiseProgram.maximumInputs {
                    members.remove(input.node)
                    continue
                }
                grows = true
                break
            }
        }
        guard members.count > 1, ElementwiseGroup.inputs(members, view).count <= ElementwiseProgram.maximumInputs else {
            return nil
        }
    }

    /// Whether the node of `outlet` may join: nobody else reads it, and it has as many elements as the result, so that no value is
    /// computed more often than before.
    private func accepts(_ outlet: OutletID, _ view: GraphView, root: Int) -> Bool {
        guard !members.contains(outlet.node), ElementwiseGroup.isElementwise(outlet.node, view) else { return false }
        guard let shape = view.fact(OutletID(node: root)).shape.dimensions,
            view.fact(outlet).shape.dimensions == shape, view.fact(outlet).constant == nil
        else { return false }
        return view.isReadOnly(outlet.node, by: members)
    }

    private static func isElementwise(_ index: Int, _ view: GraphView) -> Bool {
        let node = view.node(index)
        guard node.controlInputs.isEmpty, let operation = ElementwiseOperation(node),
            node.inputs.count == operation.operandCount, view.fact(OutletID(node: index)).dataType == .float
        else { return false }
        return node.inputs.allSatisfy { view.fact($0).dataType == .float }
    }

    /// What the nodes read from elsewhere, each once, in the order in which it is read.
    private static func inputs(_ members: Set<Int>, _ view: GraphView) -> [OutletID] {
        var result: [OutletID] = []
        for index in members.sorted() {
            for input in view.node(index).inputs where !members.contains(input.node) && !result.contains(input) {
                result.append(input)
            }
        }
        return result
    }

    func fused(_ view: GraphView) -> Node {
        let inputs = ElementwiseGroup.inputs(members, view)
        var program = ElementwiseProgram(inputCount: inputs.count)
        var values: [OutletID: Int] = [:]
        for (number, input) in inputs.enumerated() { values[input] = number }
        for index in nodes {
            guard let operation = ElementwiseOperation(view.node(index)) else { continue }
            values[OutletID(node: index)] = program.append(operation, view.node(index).inputs.compactMap { values[$0] })
        }
        return Node(
            name: view.node(nodes[nodes.count - 1]).name, op: "FusedElementwise", inputs: inputs,
            attributes: Attributes(program.attributes))
    }
}
