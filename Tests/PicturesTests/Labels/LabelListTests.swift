import ServingCore
import TestSupport
import Testing

@testable import Pictures

private func labels(_ text: String, _ file: String) throws -> [String] {
    let list = try LabelList(Array(text.utf8), file: file)
    return (0..<list.count).map { list[$0] }
}

@Test(arguments: [
    ("tench\ngoldfish\n", "l.txt", ["tench", "goldfish"]),
    ("\u{feff}tench\r\n\r\ngoldfish\r\n\n", "l.txt", ["tench", "", "goldfish"]),
    ("[odd] label\n{x", "l.txt", ["[odd] label", "{x"]),
    ("{\"1\": [\"n02\", \"goldfish\"], \"0\": [\"n01\", \"tench\"]}", "l.json", ["tench", "goldfish"]),
    ("  {\"0\": \"cat\"}", "l.txt", ["cat"]), ("[\"cat\", \"dog\"]", "l.json", ["cat", "dog"]),
    ("größer\n", "l.txt", ["größer"]),
])
func labelFilesAreRead(_ text: String, _ file: String, _ expected: [String]) throws {
    #expect(try labels(text, file) == expected)
}

@Test(arguments: [
    ("", "l.txt", "'l.txt' has no labels"), ("{", "l.json", "'l.json' cannot be read as JSON"),
    ("{\"0\": \"a\", \"2\": \"b\"}", "l.json", "has the key \"2\"; each number from 0 to 1"),
    ("{\"0\": \"a\", \"00\": \"b\"}", "l.json", "has the key \"00\""),
    ("{\"0\": 7}", "l.json", "has 7 for index 0"), ("[[]]", "l.json", "has a list for index 0"),
    ("[{}]", "l.json", "has an object for index 0"),
])
func malformedLabelFilesAreExplained(_ text: String, _ file: String, _ expected: String) {
    do {
        _ = try labels(text, file)
        Issue.record("no error")
    } catch {
        #expect((error as? Status)?.code == .failedPrecondition)
        #expect("\(error)".contains(expected), "\(error)")
    }
}

@Test func labelFilesAreLookedForInTheAssetsOnly() throws {
    let folder = TemporaryDirectory()
    folder.makeDirectory("assets")
    folder.makeDirectory("assets.extra")
    folder.write("assets/a.txt", "one\n")
    folder.write("assets/b.txt", "two\n")
    folder.write("assets.extra/b.txt", "three\nfour\n")
    folder.write("secret.txt", "x\n")
    #expect(try LabelList(file: "a.txt", in: folder.path).count == 1)
    #expect(try LabelList(file: "b.txt", in: folder.path).count == 2)
    for name in ["../secret.txt", "x/../../secret.txt", "/etc/passwd", "a\u{0}b"] {
        #expect(throws: PictureSettings.fault("labels: '\(name)' is not a path below assets.extra or assets")) {
            try LabelList(file: name, in: folder.path)
        }
    }
    #expect(throws: PictureSettings.fault("labels: 'c.txt' is neither in assets.extra nor in assets")) {
        try LabelList(file: "c.txt", in: folder.path)
    }
}
