import CServingProtos
import Graphs
import ServingCore
import ServingProtos
import Tensors

extension SavedModel {
    private static let objectGraphKey = "_CHECKPOINTABLE_OBJECT_GRAPH"

    /// Where the checkpoint of a TF2 model keeps its variables: by the name of a variable's `VarHandleOp` in the graph, the
    /// key of its value in `checkpoint`. Empty for models without objects.
    ///
    /// The names of variables and handles are no guide, since names that occur twice are changed in the graph. What tells is
    /// how functions are called: the last arguments of a call are, in order, the objects that the function is bound to.
    /// Variables whose type or shape is not that of their handle are left out. Throws DATA_LOSS if a graph of objects is
    /// malformed, and what `TensorBundle` throws for a damaged checkpoint.
    public func variableKeys(in checkpoint: TensorBundle) throws(Status) -> [String: String] {
        guard !objectGraph.isEmpty, checkpoint.contains(SavedModel.objectGraphKey) else { return [:] }
        let exported: Message<Tensorflow__SavedObjectGraph> = try Message(
            unpacking: objectGraph, limits: .modelFile, failure: .dataLoss)
        let saved = try savedObjects(checkpoint)
        return try exported.read { (exported) throws(Status) in
            let keys = saved.read { saved in
                var pairing = ObjectPairing(exported, saved)
                return pairing.variableKeys()
            }
            var found: [String: String] = [:]
            for (name, bound) in handles(boundIn: exported) {
                guard let key = keys[bound.object], checkpoint.contains(key) else { continue }
                if try fits(bound.handle, try checkpoint.fact(named: key)) { found[name] = key }
            }
            return found
        }
    }

    private func savedObjects(
        _ checkpoint: TensorBundle
    ) throws(Status) -> Message<Tensorflow__TrackableObjectGraph> {
        let tensor = try checkpoint.tensor(named: SavedModel.objectGraphKey)
        guard tensor.dataType == .string, tensor.elementCount == 1 else {
            throw .dataLoss(
                "\(SavedModel.objectGraphKey) must be one string, but is a \(tensor.dataType.name) tensor of shape "
                    + "\(tensor.shape)")
        }
        return try Message(unpacking: tensor.strings[0], limits: .modelFile, failure: .dataLoss)
    }

    /// By the names of handles: the handle and the number of the object that it stands for.
    private func handles(
        boundIn objects: UnsafePointer<Tensorflow__SavedObjectGraph>
    ) -> [String: (handle: Node, object: Int)] {
        let bound = SavedModel.boundObjects(objects)
        var handles: [String: (handle: Node, object: Int)] = [:]
        for node in graph.nodes {
            guard let numbers = bound[SavedModel.calledFunction(node)], numbers.count <= node.inputs.count else {
                continue
            }
            for (input, number) in zip(node.inputs.suffix(numbers.count), numbers) {
                let handle = graph.nodes[input.node]
                guard handle.op == "VarHandleOp", handles[handle.name] == nil else { continue }
                handles[handle.name] = (handle, Int(number))
            }
        }
        return handles
    }

    /// By function: the numbers of the objects that it is bound to.
    private static func boundObjects(_ objects: UnsafePointer<Tensorflow__SavedObjectGraph>) -> [String: [Int32]] {
        let functions = Repeated.messages(objects.pointee.concrete_functions, objects.pointee.n_concrete_functions)
        var bound: [String: [Int32]] = [:]
        for function in functions {
            guard let value = function.pointee.value?.pointee else { continue }
            bound[String(proto: function.pointee.key)] = Array(
                Repeated.values(value.bound_inputs, value.n_bound_inputs))
        }
        return bound
    }

    private static func calledFunction(_ node: Node) -> String {
        guard node.op == "StatefulPartitionedCall" || node.op == "PartitionedCall",
            case .function(let function)? = node.attributes["f"]
        else { return node.op }
        return function.name
    }

    private func fits(_ handle: Node, _ stored: (dataType: DataType, shape: TensorShape)) throws(Status) -> Bool {
        guard try handle.attributes.type("dtype") == stored.dataType else { return false }
        let declared = try handle.attributes.shape("shape", default: .unknown)
        guard let rank = declared.rank else { return true }
        let sizes = stored.shape.dimensions
        return rank == sizes.count && sizes.indices.allSatisfy { declared.size($0) ?? sizes[$0] == sizes[$0] }
    }
}
