import Execution

extension StepNames.Name {
    /// The node's name as people know it: `dense/MatMul`, or `body/dense/MatMul` inside the function `body`. Functions that
    /// TensorFlow made up to hold a whole model, such as `__inference_call_12`, are left out, as in profiles of its own.
    var node: String {
        var parts: [Substring] = []
        var rest = label[...]
        // The label is `{{node NAME}}`, after `{{function_node NAME}}` in a function.
        while rest.hasPrefix("{{"), let blank = rest.firstIndex(of: " "), let end = rest.firstIndex(of: "}") {
            guard blank < end else { break }
            let part = rest[rest.index(after: blank)..<end]
            if !(rest.hasPrefix("{{function_node ") && part.hasPrefix("__")) { parts.append(part) }
            rest = rest[end...].drop { $0 == "}" }
        }
        return parts.isEmpty ? label : parts.joined(separator: "/")
    }
}

extension RunLabel {
    /// `model:version/signature`, as far as they are known.
    public var text: String {
        let version = version == 0 ? "" : ":\(self.version)"
        let signature = signature.isEmpty ? "" : "/\(self.signature)"
        return (model.isEmpty ? "model" : model) + version + signature
    }
}
