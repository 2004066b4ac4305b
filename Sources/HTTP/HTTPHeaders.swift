/// The header fields of a request, in the order in which they came.
public struct HTTPHeaders: Sendable {
    /// Names are in lower case; HTTP/2's pseudo-fields are left out.
    public private(set) var fields: [(name: String, value: String)]

    /// - Parameter fields: names in any case.
    public init(_ fields: [(name: String, value: String)] = []) {
        self.fields = fields.map { (name: $0.name.lowercased(), value: $0.value) }
    }

    /// The value of the first field called `name`, which is in lower case.
    public subscript(name: String) -> String? { fields.first { $0.name == name }?.value }

    /// The values of all fields called `name`, which is in lower case.
    public func values(of name: String) -> [String] {
        fields.compactMap { $0.name == name ? $0.value : nil }
    }
}
