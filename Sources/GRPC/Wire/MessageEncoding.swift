/// How the bytes of a message are compressed.
enum MessageEncoding: Equatable {
    case identity
    case gzip
    case deflate

    static let acceptedNames = "identity,deflate,gzip"

    /// The encoding called `name` in `grpc-encoding`, nil for one that is not known.
    init?(name: UnsafeRawBufferPointer) {
        if name.elementsEqual("identity".utf8) {
            self = .identity
        } else if name.elementsEqual("gzip".utf8) {
            self = .gzip
        } else if name.elementsEqual("deflate".utf8) {
            self = .deflate
        } else {
            return nil
        }
    }

    var name: String {
        switch self {
        case .identity: "identity"
        case .gzip: "gzip"
        case .deflate: "deflate"
        }
    }
}
