import HTTP
import ServingCore
import TestSupport
import Testing

@testable import REST

private let path = "/v1/models/digits:predict_image"

/// The bundled digits model.
private func digits(
    _ options: RESTService.Options = RESTService.Options(),
    _ folder: String = Repository.path("Examples/digits/models/digits/2")
) -> RESTBench {
    RESTBench(options, model: "digits", version: 2, folder: folder)
}

private func picture(_ number: Int) -> [UInt8] { Repository.bytes("Examples/digits/images/\(number).png") }

@Test func everyDigitGetsItsLabel() {
    let bench = digits()
    for number in 0...9 {
        let answer = bench.send("POST", number % 2 == 0 ? path : "/predict", picture(number))
        #expect(answer.status == 200)
        #expect(answer.headers["content-type"] == "application/json")
        #expect(answer.headers["x-model-server-model-version"] == "2")
        let begin = "{\"predictions\": [{\"label\": \"\(number)\", \"probability\": "
        #expect(answer.text.hasPrefix(begin), "\(answer.text)")
        #expect(answer.text.hasSuffix("}], \"success\": true}"))
        #expect(answer.text.split(separator: "label").count == 4)
    }
}

@Test func aFormIsReadAndAVersionChosen() {
    let head = "--b\r\nContent-Disposition: form-data; name=\"image\"; filename=\"7.png\"\r\n\r\n"
    let form = Array(head.utf8) + picture(7) + Array("\r\n--b--\r\n".utf8)
    let bench = digits()
    for choice in ["", "/versions/2", "/labels/stable"] {
        let answer = bench.send(
            "POST", "/v1/models/digits\(choice):predict_image", form,
            [("Content-Type", "multipart/form-data; boundary=b")])
        #expect(answer.status == 200)
        #expect(answer.text.hasPrefix("{\"predictions\": [{\"label\": \"7\""), "\(answer.text)")
    }
}

@Test func failuresOfPicturesSayWhatIsWrong() {
    let bench = digits()
    let missing = bench.send("POST", "/v1/models/digits/versions/9:predict_image", picture(1))
    #expect(missing.status == 404)
    #expect(missing.error == "Servable not found for request: Specific(digits, 9)")
    let text = bench.send("POST", path, Array("hello".utf8), [("Content-Type", "text/plain")])
    #expect(text.status == 400)
    #expect(text.error == "expected a picture in PNG or JPEG, got 5 bytes that begin with \"hello\"")
    let short = bench.send("POST", "/predict", Array("GIF89a".utf8))
    #expect(short.status == 400)
    #expect(
        short.text == #"{"error": "expected a picture in PNG or JPEG, got a GIF picture", "success": false}"#)
    let method = bench.send("GET", "/predict")
    #expect(method.status == 400)
    #expect(method.text == #"{"error": "Malformed request: GET /predict", "success": false}"#)
    let late = bench.send("POST", path, picture(1), deadline: Deadline(Instant(nanoseconds: 1)))
    #expect(late.status == 504)
}

@Test func optionsOfPicturesAreHeeded() {
    var options = RESTService.Options()
    options.pictureMemoryBytes = 10
    options.imageModel = "other"
    options.allowsCORS = true
    let bench = digits(options)
    let little = bench.send("POST", path, picture(1))
    #expect(little.status == 429)
    #expect(little.headers["access-control-allow-origin"] == "*")
    let other = bench.send("POST", "/predict", picture(1))
    #expect(other.status == 404)
    #expect(other.text.hasSuffix("\"success\": false}"))
    #expect(other.headers["access-control-allow-origin"] == "*")
    #expect(bench.send("OPTIONS", "/predict", [], [("Origin", "https://a")]).status == 200)
}

@Test func aModelThatCannotClassifyPicturesSaysWhy() throws {
    let plain = RESTBench().send("POST", "/predict", picture(1))
    #expect(plain.status == 400)
    #expect(plain.text.contains("assets.extra/image_classifier.pbtxt: the input 'x' "), "\(plain.text)")
    let folder = TemporaryDirectory()
    folder.copy(Repository.path("Examples/digits/models/digits/2"), to: "2")
    folder.remove("2/assets.extra/image_classifier.pbtxt")
    folder.write("2/assets.extra/image_classifier.pbtxt", "width: 27")
    let wrong = digits(RESTService.Options(), folder.path + "/2").send("POST", path, picture(1))
    #expect(wrong.status == 400)
    #expect(wrong.text.contains("width is 27, but the input 'image' has shape [?,28,28,1], where it is 28"))
}
