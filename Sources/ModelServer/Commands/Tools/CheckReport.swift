import Compiler
import JSON
import Models
import Pictures
import ServingCore
import ServingProtos

/// What the command `check` tells.
struct CheckReport {
    private let folder: ModelFolder
    private let servability: Servability
    /// Whether all that was asked for can be served.
    let isFine: Bool

    /// At most so many nodes of an op are named in the text.
    private static let namedNodes = 10

    /// - Parameter wanted: the signatures that matter; none: all. Throws NOT_FOUND for one that does not exist.
    init(_ folder: ModelFolder, _ servability: Servability, wanted: [String]) throws(Status) {
        self.folder = folder
        self.servability = servability
        let names = servability.signatures.map(\.name)
        for name in wanted where !names.contains(name) && !names.isEmpty {
            let hint = NameSuggestion.nearest(to: name, in: names).map { "; did you mean \($0)?" } ?? ""
            throw .notFound(
                "\(folder.directory) has no signature \(name)\(hint) (it has \(names.joined(separator: ", ")))")
        }
        let matters = servability.signatures.filter { wanted.isEmpty || wanted.contains($0.name) }
        var hasFaultyPictures = false
        if wanted.isEmpty, case .failure = servability.pictures { hasFaultyPictures = true }
        isFine = servability.failure == nil && matters.allSatisfy { $0.reason == nil } && !hasFaultyPictures
    }

    // MARK: Text

    /// The report for people.
    var text: String {
        let verdict =
            servability.failure != nil
            ? "cannot be served" : servability.isComplete ? "can be served" : "can be served in part"
        var text = "\(folder.directory): \(verdict)\n"
        if let remark = folder.remark { text += "  \(remark)\n" }
        // When nodes are named, they are the reason, in more detail.
        let parts = servability.steps + servability.signatures
        if let failure = servability.failure, parts.allSatisfy(\.refusals.isEmpty) { text += "  \(failure)\n" }
        for step in servability.steps { text += "  Cannot be loaded, because of \(step.name):\n" + self.text(of: step) }
        for signature in servability.signatures {
            if signature.reason == nil, servability.failure == nil {
                text += "  Signature \(signature.name): can be served\n"
            } else if signature.reason != nil {
                text += "  Signature \(signature.name): cannot be served\n" + self.text(of: signature)
            } else {
                text += "  Signature \(signature.name): could be served, but the model is not loaded\n"
            }
        }
        switch servability.pictures {
        case .success(let classifier): text += "  Pictures: \(classifier.summary)\n"
        case .failure(let status): text += "  Pictures: cannot be classified\n    \(status.message)\n"
        case nil: break
        }
        if let loaded = servability.loadedByteCount {
            text += "  Memory: about \(Readable.bytes(loaded)) when loaded"
            if let loading = servability.loadingByteCount {
                text += ", up to \(Readable.bytes(loading)) while it loads"
            }
            text += "\n"
        }
        return text
    }

    private func text(of part: Servability.Part) -> String {
        guard !part.refusals.isEmpty else { return part.reason.map { "    \($0)\n" } ?? "" }
        var text = ""
        for (op, nodes) in CheckReport.unknownOps(part) {
            let more = nodes.count > CheckReport.namedNodes ? ", and \(nodes.count - CheckReport.namedNodes) more" : ""
            text +=
                "    no op \(op), which \(Readable.counted(nodes.count, "node")) need\(nodes.count == 1 ? "s" : ""): "
                + nodes.prefix(CheckReport.namedNodes).joined(separator: ", ") + more + "\n"
        }
        for refusal in part.refusals where !refusal.isUnknownOp {
            text += "    node \(CheckReport.place(refusal)) (\(refusal.op)): \(refusal.reason.message)\n"
        }
        return text
    }

    /// The node's name, behind that of its function.
    private static func place(_ refusal: NodeRefusal) -> String {
        refusal.function.isEmpty ? refusal.node : "\(refusal.function)/\(refusal.node)"
    }

    /// The ops that the server does not have with the nodes that need them, both sorted.
    private static func unknownOps(_ part: Servability.Part) -> [(op: String, nodes: [String])] {
        Dictionary(grouping: part.refusals.filter(\.isUnknownOp), by: \.op)
            .map { ($0, Set($1.map(place)).sorted()) }.sorted { $0.0 < $1.0 }
    }

    // MARK: JSON

    /// The report for programs; `Documentation/tools.md` describes it.
    var json: JSONValue {
        .object(
            folder.json + [
                ("ok", .bool(isFine)), ("is_loaded", .bool(servability.failure == nil)),
                ("failure", CheckReport.json(servability.failure)),
                ("signatures", .array(servability.signatures.map { json($0) })),
                ("pictures", pictures),
                ("steps", .array(servability.steps.map { json($0) })),
                ("loaded_bytes", servability.loadedByteCount.map(JSONValue.count) ?? .null),
                ("loading_bytes", servability.loadingByteCount.map(JSONValue.count) ?? .null),
            ])
    }

    private func json(_ part: Servability.Part) -> JSONValue {
        let unknown = CheckReport.unknownOps(part).map {
            JSONValue.object([("op", .string($0.op)), ("nodes", .array($0.nodes.map(JSONValue.string)))])
        }
        let refused = part.refusals.filter { !$0.isUnknownOp }.map {
            JSONValue.object([
                ("node", .string($0.node)), ("function", .string($0.function)), ("op", .string($0.op)),
                ("reason", CheckReport.json($0.reason)),
            ])
        }
        return .object([
            ("name", .string(part.name)), ("ok", .bool(part.reason == nil && servability.failure == nil)),
            ("reason", CheckReport.json(part.reason)), ("unknown_ops", .array(unknown)),
            ("refused_nodes", .array(refused)),
        ])
    }

    private var pictures: JSONValue {
        switch servability.pictures {
        case .success(let classifier): .object([("ok", .bool(true)), ("summary", .string(classifier.summary))])
        case .failure(let status): .object([("ok", .bool(false)), ("reason", CheckReport.json(status))])
        case nil: .null
        }
    }

    private static func json(_ status: Status?) -> JSONValue {
        guard let status else { return .null }
        return .object([("code", .string(status.code.name)), ("message", .string(status.message))])
    }
}
