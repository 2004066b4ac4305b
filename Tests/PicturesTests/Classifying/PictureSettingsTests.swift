import ServingCore
import TestSupport
import Testing

@testable import Pictures

private let path = "assets.extra/image_classifier.pbtxt"

@Test func everyFieldIsRead() throws {
    let settings = try PictureSettings(
        text: """
            # A comment.
            signature_name: "s" input: "x" output: "y"
            width: 224 height: 192 color: BGR layout: CHANNELS_FIRST resize: LANCZOS
            scale: 0.5 offset: [1, 2, 3]
            activation: SOFTMAX labels: "l.txt" top_k: 3 max_pixels: 1000
            """)
    var expected = PictureSettings()
    expected.signatureName = "s"
    expected.input = "x"
    expected.output = "y"
    expected.width = 224
    expected.height = 192
    expected.color = .bgr
    expected.layout = .channelsFirst
    expected.method = .lanczos
    expected.scale = [0.5]
    expected.offset = [1, 2, 3]
    expected.activation = .softmax
    expected.labels = "l.txt"
    expected.topCount = 3
    expected.maximumPixels = 1000
    #expect(settings == expected)
    #expect(try PictureSettings(text: "") == PictureSettings())
}

@Test(arguments: [
    ("width: -1", "width must be above 0, got -1"), ("height: 20000", "height may be at most 16384, got 20000"),
    ("top_k: -5", "top_k must be above 0, got -5"), ("max_pixels: -5", "max_pixels must be above 0, got -5"),
    ("scale: nan", "scale and offset must be finite numbers"),
    ("preprocessing: TF scale: 2", "scale and offset are for PLAIN preprocessing; TF has its own"),
    ("preprocessing: CAFFE color: GREY", "preprocessing CAFFE is for three colours, but color is GREY"),
    ("preprocessing: CAFFE color: BGR", "preprocessing CAFFE makes BGR of RGB by itself; leave color away"),
    ("preprocessing: TORCH color: BGR", "preprocessing TORCH is for RGB, but color is BGR"),
    ("widht: 5", "\"widht\""), ("resize: CUBIC", "\"CUBIC\""), ("width: \"a\"", ""),
])
func contradictionsAreExplained(_ text: String, _ expected: String) {
    do {
        _ = try PictureSettings(text: text)
        Issue.record("no error")
    } catch {
        #expect(error.code == .failedPrecondition)
        #expect(error.message.hasPrefix(path + ":"), "\(error)")
        #expect("\(error)".contains(expected), "\(error)")
    }
}

@Test func withoutAFileTheSignatureDecides() throws {
    let folder = TemporaryDirectory()
    #expect(try PictureSettings(directory: folder.path) == PictureSettings())
    folder.makeDirectory("assets.extra")
    folder.write(path, "width: 7")
    #expect(try PictureSettings(directory: folder.path).width == 7)
    folder.remove(path)
    folder.makeDirectory(path)
    #expect(throws: PictureSettings.fault("Is a directory")) { try PictureSettings(directory: folder.path) }
}
