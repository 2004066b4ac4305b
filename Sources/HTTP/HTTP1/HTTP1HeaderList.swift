import CMicrohttpd
import Glibc

/// The header fields of a request as libmicrohttpd has read them.
struct HTTP1HeaderList {
    private(set) var headers: HTTPHeaders
    let version: HTTPVersion
    /// False if a line of the header ended in something else than CR and LF, went on in the next line, or was left out by
    /// the library: then other servers may have read other fields.
    let isOrderly: Bool

    fileprivate struct Gathering {
        var fields: [(name: String, value: String)] = []
        /// Where the next line begins if the present one ends as it should.
        var next: UnsafePointer<CChar>?
        var isOrderly = true
    }

    /// Since that version the library refuses such lines itself, and moves what it has read.
    private static let libraryIsStrict: Bool = {
        let version = MHD_get_version().map { String(cString: $0) } ?? ""
        let numbers = version.split(separator: ".").map { Int($0) ?? 0 }
        return !numbers.lexicographicallyPrecedes([0, 9, 76])
    }()

    /// - Parameters:
    ///   - method: as the library tells it, from where it lies in the request.
    ///   - version: the same.
    init(_ library: OpaquePointer, method: UnsafePointer<CChar>?, version: UnsafePointer<CChar>?) {
        var gathering = Gathering()
        gathering.next = version.map { $0 + strlen($0) + 2 }
        withUnsafeMutablePointer(to: &gathering) { pointer in
            _ = MHD_get_connection_values_n(
                library, .HEADER_KIND,
                { raw, _, name, nameCount, value, valueCount in
                    guard let raw, let name else { return .YES }
                    raw.assumingMemoryBound(to: Gathering.self).pointee.take(name, nameCount, value, valueCount)
                    return .YES
                }, pointer)
        }
        headers = HTTPHeaders(gathering.fields)
        self.version = version.map { strcmp($0, "HTTP/1.0") } == 0 ? .http10 : .http11
        let end = method.map { $0 + cmicrohttpd_header_bytes(library) }
        let isWhole = gathering.next.map { $0 + 2 } == end
        isOrderly = HTTP1HeaderList.libraryIsStrict || gathering.isOrderly && isWhole
    }
}

extension HTTP1HeaderList.Gathering {
    /// The library reads the header where it lies and puts zeros in place of colons and line ends. A line that is not
    /// where it should be has been put together from several, or ended otherwise.
    fileprivate mutating func take(
        _ name: UnsafePointer<CChar>, _ nameCount: Int, _ value: UnsafePointer<CChar>?, _ valueCount: Int
    ) {
        fields.append((name: text(name, nameCount), value: trimmed(text(value, valueCount))))
        guard let value else {
            isOrderly = false
            return
        }
        if name != next || value <= name { isOrderly = false }
        next = value + valueCount + 2
    }

    private func text(_ start: UnsafePointer<CChar>?, _ count: Int) -> String {
        String(decoding: UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : count), as: UTF8.self)
    }

    private func trimmed(_ text: String) -> String {
        guard let last = text.utf8.last, last == 0x20 || last == 0x09 else { return text }
        var bytes = Substring(text)
        while let last = bytes.utf8.last, last == 0x20 || last == 0x09 { bytes.removeLast() }
        return String(bytes)
    }
}
