import Servables
import ServingCore

/// What a request asks for, by its method and its path.
struct RESTPath: Equatable {
    /// What is done with the model.
    enum Action: Equatable {
        case predict
        case classify
        case regress
        case predictImage
        case status
        case metadata
        /// All models.
        case list
    }

    var action: Action
    /// Empty in `list`.
    var model = ""
    var choice = VersionChoice.latest

    /// Pictures for the newest version of `model`.
    init(picturesTo model: String) {
        action = .predictImage
        self.model = model
    }

    private static let root = "/v1/models"

    /// Reads what TensorFlow Serving reads: the words are taken in any case, names are percent-encoded, and a query is part of the
    /// path.
    ///
    /// Throws INVALID_ARGUMENT with TensorFlow Serving's texts.
    init(method: String, target: String) throws(Status) {
        let malformed = Status.invalidArgument("Malformed request: \(method) \(target)")
        let bytes = Array(target.utf8)
        let root = Array(RESTPath.root.utf8)
        guard bytes.count >= root.count, RESTPath.isSame(bytes[..<root.count], RESTPath.root) else { throw malformed }
        let rest = bytes[root.count...]
        guard rest.isEmpty || rest.first == UInt8(ascii: "/") else { throw malformed }
        // The first piece stands before the first slash.
        let pieces = rest.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).dropFirst()
        let found: RESTPath?
        switch method {
        case "POST": found = try RESTPath(calling: Array(pieces))
        case "GET":
            if let named = try RESTPath(asking: Array(pieces), hasName: true) {
                found = named
            } else {
                found = try RESTPath(asking: Array(pieces), hasName: false)
            }
        default: found = nil
        }
        guard let found else { throw malformed }
        self = found
    }

    /// `NAME[/versions/V|/labels/L]:METHOD`.
    private init?(calling pieces: [ArraySlice<UInt8>]) throws(Status) {
        guard let last = pieces.last, let colon = last.firstIndex(of: UInt8(ascii: ":")) else { return nil }
        switch String(decoding: last[(colon + 1)...], as: UTF8.self) {
        case "predict": action = .predict
        case "classify": action = .classify
        case "regress": action = .regress
        case "predict_image": action = .predictImage
        default: return nil
        }
        var named = pieces
        named[named.count - 1] = last[..<colon]
        guard let name = named.first, RESTPath.isName(name), try readChoice(&named) else { return nil }
        guard named.count == 1 else { return nil }
        model = try RESTPath.decoded(name)
    }

    /// `[NAME][/versions/V|/labels/L][/metadata]`.
    private init?(asking pieces: [ArraySlice<UInt8>], hasName: Bool) throws(Status) {
        action = .status
        var named = pieces
        if let last = named.last, named.count > (hasName ? 1 : 0), RESTPath.isSame(last, "metadata") {
            // A label or a name may be called so, too.
            if named.count != (hasName ? 3 : 2) || !RESTPath.isSame(named[named.count - 2], "labels") {
                action = .metadata
                named.removeLast()
            }
        }
        if !hasName { named.insert([], at: 0) }
        guard try readChoice(&named), named.count == 1 else { return nil }
        guard hasName else {
            guard !pieces.isEmpty else {
                action = .list
                return
            }
            throw .invalidArgument("Missing model name in request.")
        }
        guard RESTPath.isName(named[0]) else { return nil }
        model = try RESTPath.decoded(named[0])
    }

    /// Takes the choice of a version from the end of `pieces`. False if there is none where something stands.
    private mutating func readChoice(_ pieces: inout [ArraySlice<UInt8>]) throws(Status) -> Bool {
        guard pieces.count > 1 else { return pieces.count == 1 }
        guard pieces.count == 3 else { return false }
        let value = pieces[2]
        if RESTPath.isSame(pieces[1], "versions"), !value.isEmpty, value.allSatisfy({ (0x30...0x39).contains($0) }) {
            let text = String(decoding: value, as: UTF8.self)
            guard let version = Int64(text) else {
                throw .invalidArgument("Failed to convert version: \(text) to numeric.")
            }
            choice = .specific(version)
        } else if RESTPath.isSame(pieces[1], "labels"), RESTPath.isName(value) {
            choice = .label(try RESTPath.decoded(value))
        } else {
            return false
        }
        pieces.removeLast(2)
        return true
    }

    private static func isName(_ piece: ArraySlice<UInt8>) -> Bool {
        !piece.isEmpty && !piece.contains(UInt8(ascii: ":"))
    }

    /// Whether `piece` is `word`, which is in lower case, in whatever case.
    private static func isSame(_ piece: ArraySlice<UInt8>, _ word: String) -> Bool {
        piece.elementsEqual(word.utf8) { byte, letter in
            byte == letter || (0x41...0x5a).contains(byte) && byte + 0x20 == letter
        }
    }

    /// Throws INVALID_ARGUMENT for a percent sign without two digits.
    private static func decoded(_ piece: ArraySlice<UInt8>) throws(Status) -> String {
        var bytes: [UInt8] = []
        var index = piece.startIndex
        while index < piece.endIndex {
            guard piece[index] == UInt8(ascii: "%") else {
                bytes.append(piece[index])
                index += 1
                continue
            }
            guard index + 2 < piece.endIndex, let high = digit(piece[index + 1]), let low = digit(piece[index + 2])
            else {
                throw .invalidArgument("Failed to decode the name: \(String(decoding: piece, as: UTF8.self))")
            }
            bytes.append(high << 4 | low)
            index += 3
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        Character(Unicode.Scalar(byte)).hexDigitValue.flatMap { byte < 0x80 ? UInt8($0) : nil }
    }
}
