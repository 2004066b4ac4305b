import CProtobufC
import CServingProtos
import ServingProtos

/// Pairs the objects of an export with the objects of its checkpoint.
///
/// Both graphs are walked at once from their roots, along children of the same name; numbers of nodes need not agree.
/// Every object of the export is visited once, so cycles end, and the work is linear in the size of the graphs.
struct ObjectPairing {
    private typealias Reference = Tensorflow__TrackableObjectGraph__TrackableObject__ObjectReference

    private let exported: [UnsafePointer<Tensorflow__SavedObject>]
    private let saved: [UnsafePointer<Tensorflow__TrackableObjectGraph__TrackableObject>]
    /// The children of objects of the checkpoint by name, as far as they have been needed.
    private var savedChildren: [Int: [String: Int]] = [:]

    /// The attribute under which a checkpoint keeps the value of a variable.
    private static let valueAttribute = "VARIABLE_VALUE"

    /// Both messages must outlive the pairing.
    init(
        _ exported: UnsafePointer<Tensorflow__SavedObjectGraph>,
        _ saved: UnsafePointer<Tensorflow__TrackableObjectGraph>
    ) {
        self.exported = Repeated.messages(exported.pointee.nodes, exported.pointee.n_nodes)
        self.saved = Repeated.messages(saved.pointee.nodes, saved.pointee.n_nodes)
    }

    /// By the number of a variable's object in the export: the key of its value in the checkpoint.
    mutating func variableKeys() -> [Int: String] {
        guard !exported.isEmpty, !saved.isEmpty else { return [:] }
        var keys: [Int: String] = [:]
        var seen: Set<Int> = [0]
        var pending = [(exported: 0, saved: 0)]
        while let pair = pending.popLast() {
            if exported[pair.exported].pointee.kind_case == TENSORFLOW__SAVED_OBJECT__KIND_VARIABLE {
                keys[pair.exported] = valueKey(pair.saved)
            }
            let names = children(pair.saved)
            for (name, child) in children(of: exported[pair.exported]) {
                guard exported.indices.contains(child), let partner = names[name] else { continue }
                if seen.insert(child).inserted { pending.append((child, partner)) }
            }
        }
        return keys
    }

    private func valueKey(_ object: Int) -> String? {
        let object = saved[object].pointee
        return Repeated.messages(object.attributes, object.n_attributes)
            .first { String(proto: $0.pointee.name) == ObjectPairing.valueAttribute }
            .map { String(proto: $0.pointee.checkpoint_key) }
    }

    private mutating func children(_ object: Int) -> [String: Int] {
        if let known = savedChildren[object] { return known }
        let references = Repeated.messages(saved[object].pointee.children, saved[object].pointee.n_children)
        let pairs = references.map { (String(proto: $0.pointee.local_name), Int($0.pointee.node_id)) }
        let children = Dictionary(
            pairs.filter { saved.indices.contains($0.1) }, uniquingKeysWith: { first, _ in first })
        savedChildren[object] = children
        return children
    }

    private func children(of object: UnsafePointer<Tensorflow__SavedObject>) -> [(String, Int)] {
        Repeated.messages(object.pointee.children, object.pointee.n_children)
            .map { (String(proto: $0.pointee.local_name), Int($0.pointee.node_id)) }
    }
}
