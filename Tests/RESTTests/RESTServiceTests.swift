import HTTP
import ServingCore
import Testing

@testable import REST

@Suite struct RESTServiceTests {
    private let bench = RESTBench()

    @Test func rowsAndColumns() {
        let rows = bench.predict("{\"instances\": [1.0, 2.0, 5.0]}")
        #expect(rows.status == 200 && rows.headers["content-type"] == "application/json")
        #expect(rows.text == "{\n    \"predictions\": [2.5, 3.0, 4.5\n    ]\n}")
        #expect(rows.headers["x-model-server-model-version"] == "1")
        #expect(rows.headers["x-model-server-signature"] == "serving_default")
        #expect(rows.headers["x-model-server-compute-micros"] == nil)
        #expect(bench.predict("{\"inputs\": [1, 2, 5]}").text == "{\n    \"outputs\": [2.5, 3.0, 4.5]\n}")
        #expect(bench.predict("{\"inputs\": {\"x\": 1}}").text == "{\n    \"outputs\": 2.5\n}")
        #expect(
            bench.predict("{\"instances\": [{\"x\": [1]}, {\"x\": [2]}]}").text
                == "{\n    \"predictions\": [[2.5], [3.0]\n    ]\n}")
        #expect(
            bench.post("/v1/models/half_plus_two/versions/1:predict", "{\"instances\": [[[]], [[]]]}").text
                == "{\n    \"predictions\": [[[]], [[]]\n    ]\n}")
        #expect(
            bench.post(
                "/v1/models/half_plus_two/labels/stable:predict",
                "{\"signature_name\": \"serving_default\", \"inputs\": [NaN, -Infinity]}"
            ).text == "{\n    \"outputs\": [NaN, -Infinity]\n}")
    }

    @Test func numbersThatJSONDoesNotHaveAreNullOnRequest() {
        let answer = bench.predict("{\"instances\": [NaN, 1e39, 2]}", [("X-Model-Server-Strict-JSON", "1")])
        #expect(answer.text == "{\n    \"predictions\": [null, null, 3.0\n    ]\n}")
        #expect(bench.predict("{}", [("x-model-server-strict-json", "2")]).status == 400)
    }

    @Test func timesAreToldOnRequest() {
        let answer = bench.predict("{\"instances\": [1]}", [("x-model-server-timings", "1")])
        #expect(answer.headers["x-model-server-compute-micros"] != nil)
        #expect(bench.predict("{\"instances\": [1]}", [("x-model-server-timings", "yes")]).status == 400)
    }

    @Test(arguments: [
        ("", "JSON Parse error: The document is empty"),
        ("{\"a\":[1,]}", "JSON Parse error: Invalid value. at offset: 8"),
        ("[1, 2]", "JSON Value: [1, 2] Is not object"), ("7", "JSON Value: 7 Is not object"),
        ("{}", "Missing 'inputs' or 'instances' key"),
        (
            "{\"signature_name\": 1}",
            "JSON Value: {\n    \"signature_name\": 1\n} not formatted correctly. 'signature_name' key must be a string value."
        ),
        ("{\"signature_name\": \"s\"}", "Serving signature name: \"s\" not found in signature def"),
        (
            "{\"instances\": [1], \"inputs\": 1}",
            "JSON Value: {\n    \"instances\": [1],\n    \"inputs\": 1\n} Not formatted correctly expecting only one of 'inputs' "
                + "or 'instances' keys to exist "
        ),
        ("{\"instances\": 1}", "JSON Value: {\n    \"instances\": 1\n} Expecting 'instances' to be an list/array"),
        ("{\"instances\": []}", "JSON Value: {\n    \"instances\": []\n} No values in 'instances' array"),
        ("{\"instances\": [{\"x\": 1}, 2]}", "Expecting object but got list at item 1 of input list"),
        ("{\"instances\": [1, {\"x\": 2}]}", "Expecting value/list but got object at item 1 of input list"),
        (
            "{\"instances\": [{\"y\": 1}]}",
            "Failed to process element: 0 key: y of 'instances' list. Error: INVALID_ARGUMENT: JSON object: does not have named "
                + "input: y"
        ),
        (
            "{\"instances\": [{\"x\": 1}, {}]}",
            "Failed to process element: 1 of 'instances' list. JSON object: {} keys must be equal to: x"
        ),
        (
            "{\"instances\": [[1, 2], [3]]}",
            "Failed to process element: 1 of 'instances' list. Error: INVALID_ARGUMENT: Expecting tensor size: 2 but got: 1"
        ),
        (
            "{\"instances\": [[[1, 2]], [[1], [2]]]}",
            "Failed to process element: 1 of 'instances' list. Error: INVALID_ARGUMENT: Expecting shape [1,2] but got: [2,1]"
        ),
        (
            "{\"instances\": [[1, 2], [3, [4]]]}",
            "Failed to process element: 1 of 'instances' list. Error: INVALID_ARGUMENT: Encountered list at unexpected level: 1 "
                + "expected < 1"
        ),
        (
            "{\"instances\": [1, \"a\"]}",
            "Failed to process element: 1 of 'instances' list. Error: INVALID_ARGUMENT: JSON Value: \"a\" Type: String is not of "
                + "expected type: float"
        ),
        ("{\"inputs\": {\"y\": 1}}", "Missing named input: x in 'inputs' object."),
        ("{\"inputs\": [[1, 2], [3]]}", "Encountered list at unexpected size: 1 at level: 1 expected size: 2"),
        (
            "{\"inputs\": [[1, 2], 3]}",
            "JSON Value: 3 found at incorrect level: 2 in the JSON DOM. Expected at level: 2"
        ),
        (
            "{\"inputs\": {\"x\": {\"b64\": \"YQ==\"}}}",
            "JSON Value: {\n    \"b64\": \"YQ==\"\n} Type: Object is not of expected type: float"
        ),
        ("{\"inputs\": null}", "JSON Value: null Type: Null is not of expected type: float"),
        ("{\"inputs\": [true]}", "JSON Value: true Type: True is not of expected type: float"),
    ]) func refusals(_ body: String, _ message: String) {
        let answer = bench.predict(body)
        #expect(answer.status == 400)
        #expect(answer.error == message)
    }

    @Test func whatIsWrongWithTheTextIsSaidFirst() {
        #expect(bench.post("/v1/models/nobody:predict", "{").status == 400)
        let answer = bench.post("/v1/models/nobody:predict", "{}")
        #expect(answer.status == 404 && answer.error == "Servable not found for request: Latest(nobody)")
        let version = bench.post("/v1/models/half_plus_two/versions/9:predict", "{}")
        #expect(version.status == 404 && version.error == "Servable not found for request: Specific(half_plus_two, 9)")
        let label = bench.post("/v1/models/half_plus_two/labels/x:predict", "{}")
        #expect(label.status == 400 && label.error == "Unrecognized servable version label: x")
    }

    @Test func malformedRequests() {
        let answer = bench.send("PUT", "/v1/models/half_plus_two:predict")
        #expect(answer.status == 400 && answer.error == "Malformed request: PUT /v1/models/half_plus_two:predict")
        #expect(
            bench.post("/v1/models/half_plus_two:predict_picture", "").error?.hasPrefix("Malformed request") == true)
    }

    @Test(arguments: [
        ("classify", "{}", "When method is classify, key 'examples' is expected and was not found"),
        ("regress", "{\"examples\": 1}", "Expecting 'examples' value to be an list/array"),
        ("regress", "{\"examples\": []}", "'examples' value is an empty array"),
        ("classify", "{\"examples\": [1]}", "Example must be JSON object but got JSON Number"),
        ("classify", "{\"context\": [], \"examples\": [{}]}", "Example must be JSON object but got JSON Array"),
        ("classify", "{\"examples\": [{\"f\": null}]}", "Feature: f has element with unexpected JSON type: Null"),
        ("classify", "{\"examples\": [{\"f\": [[1]]}]}", "Feature: f has element with unexpected JSON type: Array"),
        ("classify", "{\"examples\": [{\"f\": {}}]}", "Feature: f has element with unexpected JSON type: Object"),
        (
            "classify", "{\"examples\": [{\"f\": [1, 1.5]}]}",
            "Unexpected element type in feature: f expecting type: int64"
        ),
        (
            "classify", "{\"examples\": [{\"f\": [1.5, 1]}]}",
            "Unexpected element type in feature: f expecting type: float"
        ),
        (
            "classify", "{\"examples\": [{\"f\": [\"a\", true]}]}",
            "Unexpected element type in feature: f expecting type: bytes"
        ),
        (
            "classify", "{\"examples\": [{\"f\": 18446744073709551615}]}",
            "Feature: f has uint64_t element. Only int64_t is supported."
        ),
    ]) func refusedExamples(_ method: String, _ body: String, _ message: String) {
        let answer = bench.post("/v1/models/half_plus_two:\(method)", body)
        #expect(answer.status == 400)
        #expect(answer.error?.hasSuffix(message) == true)
    }

    @Test func examplesReachTheSignature() {
        let answer = bench.post(
            "/v1/models/half_plus_two:classify", "{\"signature_name\": \"s\", \"examples\": [{\"x\": [1.5]}]}")
        #expect(answer.status == 400 && answer.error == "No signature was found with the name: s")
    }

    @Test func statusAndMetadata() {
        let status = bench.get("/v1/models/half_plus_two")
        #expect(
            status.text == """
                {
                 "model_version_status": [
                  {
                   "version": "1",
                   "state": "AVAILABLE",
                   "status": {
                    "error_code": "OK",
                    "error_message": ""
                   }
                  }
                 ]
                }

                """)
        #expect(bench.get("/v1/models/half_plus_two/versions/1").text == status.text)
        let missing = bench.get("/v1/models/half_plus_two/versions/2")
        #expect(missing.status == 404 && missing.error == "Could not find version 2 of model half_plus_two")
        #expect(bench.get("/v1/models/nobody").error == "Could not find any versions of model nobody")
        let metadata = bench.get("/v1/models/half_plus_two/labels/stable/metadata")
        #expect(metadata.status == 200)
        #expect(metadata.text.contains("\"version\": \"1\""))
        #expect(metadata.text.contains("\"metadata\": {\"signature_def\": {\n \"signature_def\": {\n"))
        #expect(metadata.text.contains("\"dtype\": \"DT_FLOAT\"") && metadata.text.contains("\"defaults\": {}"))
        #expect(bench.get("/v1/models/nobody/metadata").status == 404)
        let list = bench.get("/v1/models")
        #expect(list.status == 200 && list.text.contains("\"name\": \"half_plus_two\""))
        #expect(list.text.contains("{\"version\": \"1\", \"state\": \"AVAILABLE\", \"error_code\": \"OK\""))
    }

    @Test func otherOrigins() {
        #expect(bench.send("OPTIONS", "/v1/x", [], [("Origin", "http://a")]).status == 200)
        #expect(bench.send("OPTIONS", "/v1/x", [], [("Origin", "ftp://a")]).status == 400)
        #expect(bench.send("OPTIONS", "/v1/x").bytes.isEmpty)
        #expect(bench.get("/v1/models").headers["access-control-allow-origin"] == nil)
        var options = RESTService.Options()
        options.allowsCORS = true
        let open = RESTBench(options)
        for answer in [open.get("/v1/models"), open.get("/v1/models/nobody"), open.predict("{\"instances\": [1]}")] {
            #expect(answer.headers["access-control-allow-origin"] == "*")
            #expect(answer.headers["access-control-allow-methods"] == "POST, GET")
            #expect(answer.headers["access-control-allow-headers"] == "Content-Type")
        }
    }
}
