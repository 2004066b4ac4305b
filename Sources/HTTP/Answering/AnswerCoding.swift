import ServingCore
import Transports

/// Whether an answer is compressed: if the client accepts it, it is text, and it is long enough for that to pay.
struct AnswerCoding {
    let isCompressed: Bool

    /// Below that, the answer fits into one packet anyway.
    private static let leastBytes = 1 << 10

    /// - Parameter request: nil if nothing is ever compressed.
    init(_ request: HTTPHeaders?, _ response: HTTPResponse) {
        guard let request, response.body.bytes.count > AnswerCoding.leastBytes, response.status != 206 else {
            isCompressed = false
            return
        }
        isCompressed =
            AnswerCoding.isText(response) && request.values(of: "accept-encoding").contains(where: AnswerCoding.accepts)
    }

    private static func isText(_ response: HTTPResponse) -> Bool {
        var type: String?
        for (name, value) in response.headers {
            switch name.lowercased() {
            case "content-encoding": return false
            case "content-type": type = value.lowercased()
            default: break
            }
        }
        guard let type else { return false }
        return type.hasPrefix("text/") || ["json", "javascript", "xml", "svg"].contains { type.contains($0) }
    }

    /// Whether a list such as `deflate, gzip;q=0.5` has gzip in it, and does not rule it out.
    static func accepts(_ list: String) -> Bool {
        for item in list.lowercased().split(separator: ",") {
            let parts = item.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" } }
            guard let name = parts.first, name == "gzip" || name == "x-gzip" else { continue }
            let weight = parts.dropFirst().first { $0.hasPrefix("q=") }
            return weight.map { $0.dropFirst(2).contains { ("1"..."9").contains($0) } } ?? true
        }
        return false
    }

    /// The compressed answer; the same as before if that is not shorter.
    func compressed(_ response: HTTPResponse, _ cancellation: CancellationFlag) -> HTTPResponse {
        var result = response
        result.headers.append((name: "Vary", value: "Accept-Encoding"))
        guard let bytes = response.body.withBytes({ Gzip.compress($0, cancellation) }) else { return result }
        result.headers.append((name: "Content-Encoding", value: "gzip"))
        result.body = HTTPBody(bytes.bytes, owner: bytes)
        return result
    }
}
