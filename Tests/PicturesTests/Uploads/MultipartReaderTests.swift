import ServingCore
import TestSupport
import Testing

@testable import Pictures

private func picture(_ body: String, _ contentType: String? = "multipart/form-data; boundary=B") throws -> String {
    try Array(body.utf8).withUnsafeBytes { (bytes) in
        String(decoding: try PictureUpload.picture(in: bytes, contentType: contentType), as: UTF8.self)
    }
}

private func part(_ disposition: String, _ content: String, more: String = "") -> String {
    "--B\r\nContent-Disposition: \(disposition)\r\n\(more)\r\n\(content)\r\n"
}

private func image(_ content: String, more: String = "") -> String {
    part("form-data; name=\"image\"; filename=\"a.png\"", content, more: more)
}

@Test(arguments: [
    image("x") + "--B--\r\n", image("x") + "--B--", "before\r\n" + image("x") + "--B--after",
    part("form-data; name=\"other\"", "y") + image("x") + "--B--",
    image("x", more: "Content-Type: image/png\r\n") + part("form-data; name=title", "t") + "--B--",
    part("form-data; filename=\"image\"; NAME=image", "x") + "--B--",
    "--B \t\r\ncontent-disposition:form-data;name=image\r\nContent-Transfer-Encoding: binary\r\n\r\nx\r\n--B--",
])
func thePartNamedImageIsFound(_ body: String) throws {
    #expect(try picture(body) == "x")
}

@Test func contentMayLookAlmostLikeABoundary() throws {
    for content in ["\r\n--A", "x--B", "\r\n", "\r\n-", "a\r\n\r\n--", "\r\r\n\n", " --B--", "--A"] {
        #expect(try picture(image(content) + "--B--") == content)
    }
}

@Test func theBodyItselfMayBeThePicture() throws {
    for type in [nil, "image/png", "application/octet-stream", "application/x-www-form-urlencoded"] {
        #expect(try picture("x", type) == "x")
    }
}

@Test(arguments: [
    ("", "image/png", "the request has no body"),
    ("", "multipart/form-data; boundary=B", "does not contain its boundary \"B\""),
    ("--B--", "multipart/form-data; boundary=B", "no part named \"image\"; it has no parts"),
    ("--B\r\nx", "multipart/form-data; boundary=B", "ends within the header of part 1"),
    ("--Bx\r\n", "multipart/form-data; boundary=B", "no line break behind the boundary at byte 3"),
    ("--B\r\nno colon\r\n\r\n", "multipart/form-data; boundary=B", "a header line of part 1 has no colon"),
    ("--B\r\n\r\nx", "multipart/form-data; boundary=B", "ends within part 1: no boundary follows it"),
    (part("form-data; name=file", "x") + "--B--", "multipart/form-data; boundary=B", "it has the parts 'file'"),
    (image("x") + image("y") + "--B--", "multipart/form-data; boundary=B", "several parts named \"image\""),
    (image("") + "--B--", "multipart/form-data; boundary=B", "the part \"image\" of the form is empty"),
    (
        image("eA==", more: "Content-Transfer-Encoding: BASE64\r\n") + "--B--", "multipart/form-data; boundary=B",
        "has the transfer encoding base64; send it as it is"
    ),
    (image("x") + "--B--", "multipart/form-data", "needs a boundary of 1 to 200 characters"),
    (image("x") + "--B--", "multipart/mixed; boundary=B", "got multipart/mixed"),
])
func whatIsWrongIsSaid(_ body: String, _ type: String, _ expected: String) {
    do {
        _ = try picture(body, type)
        Issue.record("no error")
    } catch {
        let status = error as? Status
        #expect(status?.code == .invalidArgument)
        #expect(status?.message.contains(expected) == true, "\(status?.message ?? "")")
    }
}

@Test func formsAreBounded() {
    let many = String(repeating: part("form-data; name=x", ""), count: 1001) + "--B--"
    #expect(throws: Status.resourceExhausted("the multipart body has more than 1000 parts")) { try picture(many) }
    let long = "--B\r\nX: " + String(repeating: "y", count: 20000) + "\r\n\r\n\r\n--B--"
    #expect(throws: Status.resourceExhausted("the header of part 1 is longer than 16384 bytes")) { try picture(long) }
}

@Test func quotedBoundariesAndNamesAreRead() {
    let field = FieldParameters(" Multipart/Form-Data ; charset=utf-8; Boundary=\"a b;c\\\"d\\\\\" ; x ; y= z ")
    #expect(field.value == "Multipart/Form-Data")
    #expect(field["boundary"] == "a b;c\"d\\")
    #expect(field["y"] == "z")
    #expect(field["x"] == nil)
    #expect(FieldParameters("a; b=\"open")["b"] == "open")
    #expect(FieldParameters("").value.isEmpty)
}

/// What a body of parts is made of, put together at random, so that most bodies are almost well-formed.
@Test func randomBodiesNeverDoHarm() throws {
    let pieces = [
        "--B", "--B--", "\r\n", "\r\n\r\n", "\r", "\n", "--", "-", "B", ":", ";", "\"",
        "Content-Disposition: form-data",
        "; name=\"image\"", "; name=", "x", "\r\n--B", "\u{0}", "Content-Transfer-Encoding: binary",
    ]
    var numbers = Seeded(state: 5)
    var found = 0
    for _ in 0..<20000 {
        var body = ""
        for _ in 0..<Int.random(in: 0...14, using: &numbers) { body += pieces.randomElement(using: &numbers)! }
        if Bool.random(using: &numbers) { body = image(body) + "--B--" }
        do {
            let content = try picture(body)
            #expect(body.utf8.count > content.utf8.count)
            found += 1
        } catch {
            #expect(error is Status)
        }
    }
    #expect(found > 1000)
}

@Test func whatWasPutIntoAFormComesOut() throws {
    var numbers = Seeded(state: 9)
    for _ in 0..<300 {
        let content = (0..<Int.random(in: 1...400, using: &numbers)).map { _ in
            [UInt8(0x0d), 0x0a, 0x2d, 0x42, 0x00, 0xff].randomElement(using: &numbers)!
        }
        let boundary = "--BB--"
        let head = "--\(boundary)\r\nContent-Disposition: form-data; name=\"image\"\r\n\r\n"
        let form = Array(head.utf8) + content + Array("\r\n--\(boundary)--\r\n".utf8)
        let inner = Array("\r\n--\(boundary)".utf8)
        let lines = [0x0d, 0x0a] + content
        let isAmbiguous = (0..<lines.count).contains { lines[$0...].starts(with: inner) }
        guard !isAmbiguous else { continue }
        let result = try form.withUnsafeBytes { (bytes) in
            Array(try PictureUpload.picture(in: bytes, contentType: "multipart/form-data; boundary=\"\(boundary)\""))
        }
        #expect(result == content)
    }
}
