import Servables
import ServingCore
import Testing

@testable import REST

@Suite struct RESTPathTests {
    private func path(_ method: String, _ target: String) -> Result<RESTPath, Status> {
        Result { () throws(Status) in try RESTPath(method: method, target: target) }
    }

    @Test(arguments: [
        ("POST", "/v1/models/m:predict", RESTPath.Action.predict, "m", VersionChoice.latest),
        ("POST", "/V1/Models/m/VERSIONS/007:predict", .predict, "m", .specific(7)),
        ("POST", "/v1/models/m/labels/a%2Fb%3A:classify", .classify, "m", .label("a/b:")),
        ("POST", "/v1/models/a%2fb+c:regress", .regress, "a/b+c", .latest),
        ("POST", "/v1/models/versions/versions/3:predict", .predict, "versions", .specific(3)),
        ("POST", "/v1/models/m:predict_image", .predictImage, "m", .latest),
        ("GET", "/v1/models", .list, "", .latest), ("GET", "/v1/models/m", .status, "m", .latest),
        ("GET", "/v1/models/m/versions/1", .status, "m", .specific(1)),
        ("GET", "/v1/models/m/labels/l", .status, "m", .label("l")),
        ("GET", "/v1/models/m/metadata", .metadata, "m", .latest),
        ("GET", "/v1/models/m/versions/1/METADATA", .metadata, "m", .specific(1)),
        ("GET", "/v1/models/m/labels/metadata", .status, "m", .label("metadata")),
        ("GET", "/v1/models/m/labels/metadata/metadata", .metadata, "m", .label("metadata")),
        ("GET", "/v1/models/metadata", .status, "metadata", .latest),
        ("GET", "/v1/models/m?x=1", .status, "m?x=1", .latest),
        ("GET", "/v1/models/labels", .status, "labels", .latest),
    ]) func whatIsAskedFor(
        _ method: String, _ target: String, _ action: RESTPath.Action, _ model: String, _ choice: VersionChoice
    ) throws {
        let path = try path(method, target).get()
        #expect(path.action == action && path.model == model && path.choice == choice)
    }

    @Test(arguments: [
        ("POST", "/v1/models/m"), ("POST", "/v1/models/m:PREDICT"), ("POST", "/v1/models/m:predict?x=1"),
        ("POST", "/v1/models/m:predict/"), ("POST", "/v1/models/:predict"), ("POST", "/v1/models:predict"),
        ("POST", "/v1/models/m/versions/1/labels/l:predict"), ("POST", "/v1/models/m/versions/x:predict"),
        ("POST", "/v1/models/m/versions/:predict"), ("POST", "/v1/models/m:n:predict"), ("POST", "/v1/models/m:serve"),
        ("POST", "/v1/models/m/labels/:predict"), ("GET", "/v1/models/"), ("GET", "/v1/models/m/"),
        ("GET", "/v1/models/m:predict"), ("GET", "/v1/models/m/versions"), ("GET", "/v1/models/m/versions/1/labels/l"),
        ("GET", "/v1/modelsx"), ("GET", "/v1/"), ("GET", "/v1/other"), ("HEAD", "/v1/models/m"),
        ("PUT", "/v1/models/m:predict"),
        ("DELETE", "/v1/models/m"), ("PATCH", "/v1/models"), ("get", "/v1/models/m"),
        ("GET", "/v1/models/m/metadata/x"),
    ]) func whatIsMalformed(_ method: String, _ target: String) {
        #expect(path(method, target) == .failure(.invalidArgument("Malformed request: \(method) \(target)")))
    }

    @Test func textsOfTheirOwn() {
        for target in ["/v1/models/versions/3", "/v1/models/labels/a", "/v1/models/versions/3/metadata"] {
            #expect(path("GET", target) == .failure(.invalidArgument("Missing model name in request.")))
        }
        #expect(
            path("GET", "/v1/models/m/versions/9223372036854775808")
                == .failure(.invalidArgument("Failed to convert version: 9223372036854775808 to numeric.")))
        #expect(
            path("POST", "/v1/models/a%zz:predict") == .failure(.invalidArgument("Failed to decode the name: a%zz")))
        #expect(path("POST", "/v1/models/a%4:predict") == .failure(.invalidArgument("Failed to decode the name: a%4")))
    }
}
