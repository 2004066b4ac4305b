import ServingCore
import Testing

@testable import ModelServer

@Suite struct AdminAccessTests {
    private let token = Array("a secret of some length".utf8)

    @Test func withoutTokenEverybodyMayComeIn() {
        #expect(AdminAccess(token: nil, isElsewhere: false).refusal(authorization: nil) == nil)
    }

    @Test func theTokenOpens() {
        let access = AdminAccess(token: token, isElsewhere: false)
        #expect(access.refusal(authorization: "Bearer a secret of some length") == nil)
        #expect(access.refusal(authorization: "bearer a secret of some length") == nil)
    }

    @Test(arguments: [
        nil, "", "Bearer", "Bearer ", "a secret of some length", "Basic a secret of some length",
        "Bearer a secret of some lengti", "Bearer a secret of some lengt", "Bearer a secret of some length ",
        "Bearer  a secret of some length",
    ]) func nothingElseDoes(authorization: String?) {
        let access = AdminAccess(token: token, isElsewhere: false)
        #expect(access.refusal(authorization: authorization)?.code == .unauthenticated)
    }

    @Test func elsewhereNotEvenTheTokenOpens() {
        let access = AdminAccess(token: token, isElsewhere: true)
        #expect(access.refusal(authorization: "Bearer a secret of some length")?.code == .permissionDenied)
    }
}
