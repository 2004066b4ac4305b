import ServingCore
import Testing

@Test func statusPrintsAsTheReferenceDoes() {
    #expect(Status.ok.description == "OK")
    #expect(Status.notFound("no model").description == "NOT_FOUND: no model")
    #expect(Status.internalError("x").description == "INTERNAL: x")
}

@Test func codesAreThoseOfTheWire() {
    #expect(StatusCode.allCases.map(\.rawValue) == Array(0...16))
    #expect(StatusCode(rawValue: 4)?.name == "DEADLINE_EXCEEDED")
    #expect(StatusCode(rawValue: 17) == nil)
    #expect(Set(StatusCode.allCases.map(\.name)).count == 17)
}

@Test func textIsAddedAroundTheMessage() {
    let status = Status.invalidArgument("b").prefixed("a").appending("c")
    #expect(status == .invalidArgument("abc"))
    #expect(!status.isOK && Status.ok.isOK)
}
