import CProtobufC
import CServingProtos
import Graphs
import ServingCore
import ServingProtos
import Tensors

extension SavedModel {
    /// Bytes that all constants of a model together may take; protobuf's limit for the file they stand in.
    public static let constantLimit = 1 << 31

    /// Reads the meta graph of `directory` that has exactly the tags `tags`.
    ///
    /// Throws with TensorFlow's codes and texts: NOT_FOUND if there is no SavedModel or no such meta graph, UNIMPLEMENTED
    /// for formats that are not supported, DATA_LOSS (or INVALID_ARGUMENT for text) if the file is malformed,
    /// INVALID_ARGUMENT if the graph is, FAILED_PRECONDITION for a constant without value or an ambiguous init op. NOT_FOUND
    /// and UNAVAILABLE also say that a file is missing or cut off, as in a folder that is still being copied.
    public static func read(directory: String, tags: [String] = ["serve"]) throws(Status) -> SavedModel {
        let metaGraph = try SavedModelFile.metaGraph(in: directory, tags: tags)
        let proto = metaGraph.message.pointee
        guard let graphDef = proto.graph_def?.pointee else {
            throw .invalidArgument("the meta graph of \(directory) has no graph")
        }
        var reader = GraphReader(graphDef, arena: metaGraph.arena, constantBytes: constantLimit)
        let (graph, library) = try reader.read()
        var signatures: [String: Signature] = [:]
        for entry in Repeated.messages(proto.signature_def, proto.n_signature_def) {
            guard let definition = entry.pointee.value?.pointee else { continue }
            let key = String(proto: entry.pointee.key)
            signatures[key] = try signature(key, definition, &reader)
        }
        let prefix = variablesPrefix(directory)
        var model = SavedModel(
            directory: directory, tags: tags, graph: graph, library: library, signatures: signatures,
            signatureDefs: metaGraph.signatureDefs, restore: restore(proto),
            initOpName: try initOpName(proto, signatures, directory), assets: try assets(proto, directory),
            variablesPrefix: prefix, objectGraph: metaGraph.objectGraph)
        if !FileSystem.exists(BundleIndex.path(prefix)) {
            guard !model.needsCheckpoint else { throw .notFound("\(prefix).index; No such file or directory") }
            model.variablesPrefix = nil
        }
        withExtendedLifetime(metaGraph.arena) {}
        return model
    }

    // MARK: - Signatures

    private static func signature(
        _ key: String, _ definition: Tensorflow__SignatureDef, _ reader: inout GraphReader
    ) throws(Status) -> Signature {
        var result = Signature(name: key, methodName: String(proto: definition.method_name), inputs: [:], outputs: [:])
        for entry in Repeated.messages(definition.inputs, definition.n_inputs) {
            result.inputs[String(proto: entry.pointee.key)] = port(entry.pointee.value)
        }
        for entry in Repeated.messages(definition.outputs, definition.n_outputs) {
            result.outputs[String(proto: entry.pointee.key)] = port(entry.pointee.value)
        }
        for entry in Repeated.messages(definition.defaults, definition.n_defaults) {
            guard let value = entry.pointee.value else { continue }
            let alias = String(proto: entry.pointee.key)
            do throws(Status) {
                result.defaults[alias] = try reader.tensor(UnsafePointer(value))
            } catch {
                throw error.prefixed("Signature '\(key)': default of '\(alias)': ")
            }
        }
        return result
    }

    /// A sparse or composite tensor has no name of its own; its name stays empty.
    private static func port(_ info: UnsafeMutablePointer<Tensorflow__TensorInfo>?) -> Signature.Port {
        guard let info = info?.pointee else {
            return Signature.Port(tensorName: "", dataType: .invalid, shape: .unknown)
        }
        let name = info.encoding_case == TENSORFLOW__TENSOR_INFO__ENCODING_NAME ? String(proto: info.name) : ""
        let shape = PartialShape(proto: info.tensor_shape.map { UnsafePointer($0) })
        return Signature.Port(tensorName: name, dataType: AttributeReader.type(info.dtype), shape: shape)
    }

    // MARK: - Restoring and initialising

    private static func restore(_ proto: Tensorflow__MetaGraphDef) -> Restore? {
        guard let saver = proto.saver_def?.pointee else { return nil }
        let restore = Restore(
            filenameTensorName: String(proto: saver.filename_tensor_name),
            restoreOpName: String(proto: saver.restore_op_name))
        return restore.restoreOpName.isEmpty ? nil : restore
    }

    /// TF2 names the init op in a signature of its own, TF1 in a collection.
    private static func initOpName(
        _ proto: Tensorflow__MetaGraphDef, _ signatures: [String: Signature], _ directory: String
    ) throws(Status) -> String? {
        if let signature = signatures[initSignature] {
            guard let output = signature.outputs[initSignature] else {
                throw .failedPrecondition("Could not find output \(initSignature)")
            }
            return output.tensorName
        }
        guard let collection = collection("saved_model_main_op", proto) ?? collection("legacy_init_op", proto) else {
            return nil
        }
        let isNodes = collection.kind_case == TENSORFLOW__COLLECTION_DEF__KIND_NODE_LIST
        guard isNodes, let nodes = collection.node_list?.pointee, nodes.n_value == 1 else {
            throw .failedPrecondition("Expected exactly one main op in : \(directory)")
        }
        return Repeated.strings(nodes.value, nodes.n_value).first
    }

    private static func collection(_ name: String, _ proto: Tensorflow__MetaGraphDef) -> Tensorflow__CollectionDef? {
        Repeated.messages(proto.collection_def, proto.n_collection_def)
            .first { String(proto: $0.pointee.key) == name }?.pointee.value?.pointee
    }

    // MARK: - Assets

    /// TF2 lists assets in a field, TF1 packed into a collection.
    private static func assets(_ proto: Tensorflow__MetaGraphDef, _ directory: String) throws(Status) -> [Asset] {
        var assets: [Asset] = []
        for definition in Repeated.messages(proto.asset_file_def, proto.n_asset_file_def) {
            assets.append(try asset(definition.pointee, directory))
        }
        guard assets.isEmpty, let collection = collection("saved_model_assets", proto),
            collection.kind_case == TENSORFLOW__COLLECTION_DEF__KIND_ANY_LIST, let list = collection.any_list?.pointee
        else { return assets }
        for any in Repeated.messages(list.value, list.n_value) {
            let definition: Message<Tensorflow__AssetFileDef> = try Message(
                unpacking: any.pointee.value.bytes, limits: .modelFile, failure: .dataLoss)
            assets.append(try definition.read { (pointer) throws(Status) in try asset(pointer.pointee, directory) })
        }
        return assets
    }

    private static func asset(_ definition: Tensorflow__AssetFileDef, _ directory: String) throws(Status) -> Asset {
        let name = String(proto: definition.filename)
        guard FileSystem.isInside(name) else {
            throw .invalidArgument("asset file '\(name)' lies outside of \(directory)/assets")
        }
        return Asset(tensorName: port(definition.tensor_info).tensorName, path: "\(directory)/assets/\(name)")
    }
}
