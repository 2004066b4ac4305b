/// Where a value stands in a text, and the values inside of it; what a message struct cannot tell any more.
public final class TextNode {
    /// The name of the field; empty for the text itself.
    public let name: String
    /// Where the name stands.
    public let place: TextPlace
    /// Where the value begins.
    public let valuePlace: TextPlace
    /// The values inside, in the order of the text; those of a list one by one.
    public internal(set) var children: [TextNode] = []
    /// Whether the value is in the message that was built: it could be read.
    public internal(set) var isWhole = false
    /// Whether something directly inside could not be read, so that nobody knows which field it was meant to be.
    public internal(set) var hasFaults = false

    init(name: String, place: TextPlace, valuePlace: TextPlace) {
        self.name = name
        self.place = place
        self.valuePlace = valuePlace
    }

    /// The values of the field `name` that are in the message, in its order.
    public func values(of name: String) -> [TextNode] { children.filter { $0.name == name && $0.isWhole } }

    /// The value of the field `name`, which is not repeated.
    public func value(of name: String) -> TextNode? { children.last { $0.name == name && $0.isWhole } }
}
