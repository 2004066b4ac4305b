import Transports

/// An answer on its way; it gives back its room in the budget when it has been sent.
final class PreparedAnswer: Sendable {
    let response: HTTPResponse
    private let budget: MemoryBudget?

    /// - Parameter budget: what the body's bytes have been taken from.
    init(_ response: HTTPResponse, _ budget: MemoryBudget?) {
        self.response = response
        self.budget = budget
    }

    deinit { budget?.give(response.body.bytes.count) }

    /// The fields of the answer without those that belong to the connection.
    var fields: [(name: String, value: String)] {
        response.headers.filter { !PreparedAnswer.ofConnection.contains($0.name.lowercased()) }
    }

    /// True if the handler wants the connection to be closed.
    var closes: Bool {
        response.headers.contains { $0.name.lowercased() == "connection" && $0.value.lowercased() == "close" }
    }

    private static let ofConnection: Set<String> = [
        "connection", "content-length", "date", "keep-alive", "transfer-encoding", "upgrade",
    ]
}
