import HTTP
import JSON
import Models
import Servables
import ServingCore
import Services
import TestSupport
import Testing
import Threading

@testable import REST

/// The endpoint over the bundled digits model, called in this process.
private final class PictureBench: Sendable {
    private let manager: ServableManager
    private let compute = ThreadPool(name: "compute", threadCount: 2)
    private let endpoint: PictureEndpoint

    /// - Parameter folder: of the version that is served.
    init(_ folder: String = Repository.path("Examples/digits/models/digits/2"), memoryLimit: Int = 64 << 20) {
        let manager = ServableManager { id, path in
            ModelLoader(id: id, directory: path, environment: Model.Environment())
        }
        manager.setAspired("digits", [AspiredVersion(version: 2, path: folder)])
        _ = manager.waitUntilSettled(["digits"])
        self.manager = manager
        endpoint = PictureEndpoint(
            ServiceContext(manager: manager, compute: compute), memoryLimit: memoryLimit,
            shortPathModel: { () throws(Status) in "digits" })
    }

    deinit {
        manager.stop()
        compute.stop()
    }

    /// The answer to `body`: to a request for the model, or without one for `/predict`.
    func post(
        _ body: [UInt8], _ type: String? = nil, to model: ModelRequest?, method: String = "POST",
        deadline: Deadline = .never
    ) -> (status: Int, headers: [String: String], text: String) {
        let content = HTTPBody(body + [UInt8](repeating: 0, count: HTTPRequest.padding))
        let request = HTTPRequest(
            method: method, target: "/predict",
            headers: HTTPHeaders(type.map { [(name: "Content-Type", value: $0)] } ?? []),
            body: UnsafeRawBufferPointer(rebasing: content.bytes[..<body.count]), owner: Keeper(content))
        let answer = ConditionLock<HTTPResponse?>(nil)
        let exchange = HTTPExchange(request, arrival: Instant(nanoseconds: 0), deadline: deadline) { response in
            answer.withLockNotifyingAll { $0 = response }
        }
        if let model { endpoint.predictImage(exchange, model) } else { endpoint.predictShort(exchange) }
        let response = answer.wait { $0 }
        let headers = response.headers.map { ($0.name.lowercased(), $0.value) }
        let text = response.body.withBytes { String(decoding: $0, as: UTF8.self) }
        return (response.status, Dictionary(headers) { first, _ in first }, text)
    }

    private final class Keeper: Sendable {
        private let body: HTTPBody
        init(_ body: HTTPBody) { self.body = body }
    }
}

private let digits = ModelRequest(name: "digits", choice: .latest)

private func digit(_ number: Int) -> [UInt8] { Repository.bytes("Examples/digits/images/\(number).png") }

@Test func everyDigitGetsItsLabel() {
    let bench = PictureBench()
    for number in 0...9 {
        let answer = bench.post(digit(number), to: number % 2 == 0 ? digits : nil)
        #expect(answer.status == 200)
        #expect(answer.headers["content-type"] == "application/json")
        #expect(answer.headers["x-model-server-model-version"] == "2")
        #expect(answer.text.hasPrefix("{\"predictions\": [{\"label\": \"\(number)\", \"probability\": "), "\(answer.text)")
        #expect(answer.text.hasSuffix("}], \"success\": true}"))
        #expect(answer.text.split(separator: "label").count == 4)
    }
}

@Test func aFormIsReadAndAVersionChosen() {
    let bench = PictureBench()
    let head = "--b\r\nContent-Disposition: form-data; name=\"image\"; filename=\"7.png\"\r\n\r\n"
    let form = Array(head.utf8) + digit(7) + Array("\r\n--b--\r\n".utf8)
    let version = ModelRequest(name: "digits", choice: .specific(2))
    let answer = bench.post(form, "multipart/form-data; boundary=b", to: version)
    #expect(answer.status == 200)
    #expect(answer.text.hasPrefix("{\"predictions\": [{\"label\": \"7\""), "\(answer.text)")
}

@Test func failuresSayWhatIsWrong() {
    let bench = PictureBench()
    let missing = bench.post(digit(1), to: ModelRequest(name: "digits", choice: .specific(9)))
    #expect(missing.status == 404)
    #expect(missing.text == "{\"error\": \"Servable not found for request: Specific(digits, 9)\"}")
    let text = bench.post(Array("hello".utf8), "text/plain", to: digits)
    #expect(text.status == 400)
    #expect(
        text.text
            == #"{"error": "expected a picture in PNG or JPEG, got 5 bytes that begin with \"hello\""}"#)
    let short = bench.post(Array("GIF89a".utf8), to: nil)
    #expect(short.status == 400)
    #expect(
        short.text == #"{"error": "expected a picture in PNG or JPEG, got a GIF picture", "success": false}"#)
    let method = bench.post([], to: nil, method: "GET")
    #expect(method.status == 400)
    #expect(method.text == #"{"error": "Malformed request: GET /predict", "success": false}"#)
    let late = bench.post(digit(1), to: digits, deadline: Deadline(Instant(nanoseconds: 1)))
    #expect(late.status == 504)
    let little = PictureBench(memoryLimit: 10).post(digit(1), to: digits)
    #expect(little.status == 429)
}

@Test func aModelWithoutPicturesSaysWhy() throws {
    let plain = PictureBench(Repository.path("Examples/half_plus_two/1")).post(digit(1), to: digits)
    #expect(plain.status == 400)
    #expect(plain.text.contains("assets.extra/image_classifier.pbtxt: "), "\(plain.text)")
    let folder = TemporaryDirectory()
    folder.copy("Examples/digits/models/digits/2", to: "2")
    folder.remove("2/assets.extra/image_classifier.pbtxt")
    folder.write("2/assets.extra/image_classifier.pbtxt", "width: 27")
    let bench = PictureBench(folder.path + "/2")
    let wrong = bench.post(digit(1), to: digits)
    #expect(wrong.status == 400)
    #expect(wrong.text.contains("width is 27, but the input 'image' has shape [?,28,28,1], where it is 28"))
}
