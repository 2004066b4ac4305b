import Graphs
import ServingCore
import Tensors

/// Finds the input and the output of a signature that pictures are about.
struct SignaturePorts {
    private let name: String
    private let signature: Signature

    init(_ name: String, _ signature: Signature) {
        self.name = name
        self.signature = signature
    }

    typealias Found = (alias: String, port: Signature.Port)

    /// The input that the settings name, or the only one that could take a picture.
    func input(_ settings: PictureSettings) throws(Status) -> Found {
        let found = try one("input", settings.input, signature.inputs) { [signature] alias, port in
            signature.defaults[alias] == nil && SignaturePorts.takesPicture(port)
        }
        let empty = signature.inputs.keys.filter { $0 != found.alias && signature.defaults[$0] == nil }
        guard empty.isEmpty else {
            throw PictureSettings.fault(
                "beside the picture the signature '\(name)' needs values for \(SignaturePorts.listed(empty.sorted())), "
                    + "which nobody gives")
        }
        return found
    }

    /// The output that the settings name, or the only one that could be scores.
    func output(_ settings: PictureSettings) throws(Status) -> Found {
        let found = try one("output", settings.output, signature.outputs) { _, port in
            port.dataType.isFloatingPoint && (port.shape.rank ?? 2) >= 1
        }
        guard found.port.dataType.isFloatingPoint else {
            throw PictureSettings.fault(
                "the output '\(found.alias)' is of type \(found.port.dataType.name); scores are floating-point numbers")
        }
        return found
    }

    private static func takesPicture(_ port: Signature.Port) -> Bool {
        let type = port.dataType
        if type == .string { return (port.shape.rank ?? 1) <= 1 }
        guard type.isFloatingPoint || type.isInteger else { return false }
        return (2...4).contains(port.shape.rank ?? 4)
    }

    /// The port called `wanted`; if that is empty the only one, or the only one that fits.
    private func one(
        _ kind: String, _ wanted: String, _ ports: [String: Signature.Port], fits: (String, Signature.Port) -> Bool
    ) throws(Status) -> Found {
        if !wanted.isEmpty {
            guard let port = ports[wanted] else {
                throw PictureSettings.fault(
                    "the signature '\(name)' has no \(kind) '\(wanted)'; it has "
                        + SignaturePorts.listed(ports.keys.sorted()))
            }
            return (wanted, port)
        }
        if ports.count == 1, let (alias, port) = ports.first { return (alias, port) }
        let candidates = ports.filter { fits($0.key, $0.value) }
        guard candidates.count == 1, let (alias, port) = candidates.first else {
            throw PictureSettings.fault(
                "\(kind) must say which one of the signature '\(name)' is meant; it has "
                    + SignaturePorts.listed(ports.keys.sorted()))
        }
        return (alias, port)
    }

    /// Names for an error text.
    static func listed(_ names: [String]) -> String {
        guard !names.isEmpty else { return "none" }
        let shown = names.prefix(20).map { "'\($0)'" }.joined(separator: ", ")
        return names.count > 20 ? shown + " and \(names.count - 20) more" : shown
    }
}
