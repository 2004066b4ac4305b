import Graphs
import ServingCore
import Tensors
import TestSupport
import Testing

@testable import Pictures

private func port(_ type: DataType, _ sizes: [Int]?) -> Signature.Port {
    Signature.Port(tensorName: "t:0", dataType: type, shape: PartialShape(sizes))
}

private func signature(
    _ inputs: [String: Signature.Port], _ outputs: [String: Signature.Port] = ["y": port(.float, [-1, 4])],
    defaults: [String: Tensor] = [:]
) -> Signature {
    Signature(name: "serving_default", methodName: "", inputs: inputs, outputs: outputs, defaults: defaults)
}

private func classifier(
    _ text: String, _ signature: Signature, labels: LabelList? = nil
) throws -> PictureClassifier {
    try PictureClassifier(
        PictureSettings(text: text), labels, signatureNames: ["serving_default"],
        signature: { $0 == "serving_default" ? signature : nil })
}

private func classifier(_ text: String, _ type: DataType, _ sizes: [Int]?) throws -> PictureClassifier {
    try classifier(text, signature(["x": port(type, sizes)]))
}

private func tensor(_ classifier: PictureClassifier, _ file: String) throws -> Tensor {
    try PictureGoldens.file(file).withUnsafeBytes { (bytes) in try classifier.tensor(of: bytes) }
}

private let shapes: [(String, [Int]?, [Int])] = [
    ("", [-1, 23, 37, 3], [1, 23, 37, 3]), ("", [1, 23, 37, 1], [1, 23, 37, 1]),
    ("", [-1, 3, 23, 37], [1, 3, 23, 37]),
    ("", [-1, 1, 23, 37], [1, 1, 23, 37]), ("", [-1, 23, 37], [1, 23, 37]),
    ("width: 37 height: 23 color: GREY", [-1, 851], [1, 851]), ("width: 37 height: 23", [-1, 2553], [1, 2553]),
    ("width: 37 height: 23", nil, [1, 23, 37, 3]), ("width: 5 height: 4", [-1, -1, -1, -1], [1, 4, 5, 3]),
    ("width: 5 height: 4 color: GREY", [-1, -1, -1, -1], [1, 4, 5, 1]), ("width: 5", [-1, 4, -1, 3], [1, 4, 5, 3]),
    ("width: 5 height: 4 layout: CHANNELS_FIRST", [-1, -1, -1, -1], [1, 3, 4, 5]), ("", [-1, 3, 3, 3], [1, 3, 3, 3]),
]

@Test(arguments: shapes)
func theSignatureGivesTheShape(_ text: String, _ sizes: [Int]?, _ expected: [Int]) throws {
    let result = try tensor(classifier(text, .float, sizes), "rgb8.png")
    #expect(result.shape.dimensions == expected)
}

@Test func valuesAreThoseOfKeras() throws {
    let pixels = PictureGoldens.conversions.first { $0.file == "rgb8.png" && $0.channels == 3 }!.bytes
    for (mode, tables) in PictureGoldens.preprocessed {
        let result = try tensor(
            classifier("preprocessing: \(mode.uppercased())", .float, [-1, 23, 37, 3]), "rgb8.png"
        ).array(Float.self)
        let order = mode == "caffe" ? [2, 1, 0] : [0, 1, 2]
        for index in 0..<result.count {
            let value = Int(pixels[index / 3 * 3 + order[index % 3]])
            #expect(result[index].bitPattern == tables[index % 3][value].bitPattern, "\(mode) of \(value)")
        }
    }
}

@Test func everyTypeHoldsThePixels() throws {
    let pixels = PictureGoldens.conversions.first { $0.file == "rgb8.png" && $0.channels == 1 }!.bytes
    func result(_ type: DataType, _ text: String = "") throws -> Tensor {
        try tensor(classifier("color: GREY " + text, type, [-1, 23, 37, 1]), "rgb8.png")
    }
    #expect(try result(.uint8).array(UInt8.self) == pixels)
    #expect(try result(.int32).array(Int32.self) == pixels.map { Int32($0) })
    #expect(try result(.int64).array(Int64.self) == pixels.map { Int64($0) })
    #expect(try result(.uint16).array(UInt16.self) == pixels.map { UInt16($0) })
    #expect(try result(.int8, "offset: -128").array(Int8.self) == pixels.map { Int8(Int($0) - 128) })
    #expect(try result(.double, "scale: 0.5").array(Double.self) == pixels.map { Double($0) / 2 })
    #expect(try result(.half, "scale: 0.5").array(Half.self).map(\.floatValue) == pixels.map { Float($0) / 2 })
    #expect(
        try result(.bfloat16, "scale: 0.5").array(BFloat16.self).map(\.bits)
            == pixels.map { BFloat16(Float($0) / 2).bits })
}

@Test func channelsMayComeFirstAndInAnotherOrder() throws {
    let pixels = PictureGoldens.conversions.first { $0.file == "rgb8.png" && $0.channels == 3 }!.bytes
    let result = try tensor(
        classifier("color: BGR scale: [1, 2, 3]", .float, [-1, 3, 23, 37]), "rgb8.png"
    ).array(Float.self)
    let count = 23 * 37
    for index in 0..<count {
        let (red, green, blue) = (pixels[index * 3], pixels[index * 3 + 1], pixels[index * 3 + 2])
        #expect(result[index] == Float(blue))
        #expect(result[count + index] == Float(green) * 2)
        #expect(result[count * 2 + index] == Float(red) * 3)
    }
}

@Test func aModelThatDecodesGetsTheFile() throws {
    let file = PictureGoldens.file("rgb8.png")
    for sizes in [[-1], [], nil] as [[Int]?] {
        let result = try tensor(classifier("", .string, sizes), "rgb8.png")
        #expect(result.strings == [file])
        #expect(result.shape.rank == (sizes == [] ? 0 : 1))
    }
}

private let contradictions: [(String, [Int], String)] = [
    ("", [-1, -1, -1, 3], "the input 'x' of shape [?,?,?,3] leaves the width open; say it"),
    ("width: 5", [-1, 4, 4, 3], "width is 5, but the input 'x' has shape [?,4,4,3], where it is 4"),
    ("color: GREY", [-1, 4, 4, 3], "color asks for 1 channels, but the input 'x' of shape [?,4,4,3] has 3"),
    ("", [-1, 4, 4, 4], "the input 'x' of shape [?,4,4,4] has 4 channels; pictures have 1 or 3"),
    ("", [8, 4, 4, 3], "the input 'x' of shape [8,4,4,3] takes 8 pictures at once"),
    ("", [-1, 0, 4, 3], "the input 'x' takes pictures of 4×0 pixels; sides from 1 to 16384 can be made"),
    ("", [-1], "the input 'x' has shape [?]; pictures become [batch, height, width, channels]"),
    (
        "width: 2 height: 2", [-1, 5],
        "pictures of 2×2 pixels with 3 channels have 12 values, but the input 'x' has shape"
    ),
    ("preprocessing: CAFFE", [-1, 4, 4, 1], "preprocessing CAFFE is for three colours, but the input 'x' has one"),
    ("scale: [1, 2]", [-1, 4, 4, 3], "scale has 2 numbers; 1 or 3 were expected"),
    ("input: \"z\"", [-1, 4, 4, 3], "the signature 'serving_default' has no input 'z'; it has 'x'"),
    ("output: \"z\"", [-1, 4, 4, 3], "the signature 'serving_default' has no output 'z'; it has 'y'"),
    (
        "signature_name: \"z\"", [-1, 4, 4, 3],
        "the model has no signature 'z' that can be run; it has 'serving_default'"
    ),
]

@Test(arguments: contradictions)
func contradictionsWithTheSignatureAreExplained(_ text: String, _ sizes: [Int], _ expected: String) {
    do {
        _ = try classifier(text, .float, sizes)
        Issue.record("no error")
    } catch {
        #expect((error as? Status)?.code == .failedPrecondition)
        #expect("\(error)".contains("assets.extra/image_classifier.pbtxt: \(expected)"), "\(error)")
    }
}

@Test func typesThatCannotHoldThePixelsAreExplained() {
    let expected = PictureSettings.fault(
        "pixels become values from 0.0 to 255.0, but the input 'x' is of type int8; scale and offset can change that")
    #expect(throws: expected) { try classifier("", .int8, [-1, 4, 4, 3]) }
    #expect(throws: PictureSettings.fault("the input 'x' is of type bool, which no picture becomes")) {
        try classifier("", .bool, [-1, 4, 4, 3])
    }
}

@Test func theOnlyFittingPortsAreFound() throws {
    let picture = port(.float, [-1, 4, 4, 3])
    let flag = port(.bool, [])
    let found = try classifier(
        "",
        signature(
            ["a": flag, "b": picture], ["ids": port(.int64, [-1]), "p": port(.float, [-1, 4])],
            defaults: ["a": Tensor(scalar: true)]))
    #expect(found.inputAlias == "b" && found.outputAlias == "p")
    #expect(found.size == PictureSize(width: 4, height: 4) && found.channels == 3)
    #expect(
        throws: PictureSettings.fault(
            "beside the picture the signature 'serving_default' needs values for 'a', which nobody gives")
    ) { try classifier("", signature(["a": flag, "b": picture])) }
    #expect(
        throws: PictureSettings.fault(
            "input must say which one of the signature 'serving_default' is meant; it has 'a', 'b'")
    ) { try classifier("", signature(["a": picture, "b": picture])) }
    #expect(
        throws: PictureSettings.fault(
            "output must say which one of the signature 'serving_default' is meant; it has 'p', 'q'")
    ) {
        try classifier("", signature(["b": picture], ["p": port(.float, [-1, 4]), "q": port(.float, [-1, 4])]))
    }
    #expect(throws: PictureSettings.fault("the output 'y' is of type int64; scores are floating-point numbers")) {
        try classifier("", signature(["b": picture], ["y": port(.int64, [-1])]))
    }
}

@Test func theOnlySignatureIsTaken() throws {
    let only = signature(["x": port(.float, [-1, 4, 4, 3])])
    let found = try PictureClassifier(
        PictureSettings(), nil, signatureNames: ["predict"], signature: { $0 == "predict" ? only : nil })
    #expect(found.signatureName == "predict")
}

@Test func labelsBelongToScores() throws {
    let labels = try LabelList(Array("a\nb\nc\nd\n".utf8), file: "l.txt")
    let form = signature(["x": port(.float, [-1, 4, 4, 3])])
    let found = try classifier("top_k: 2", form, labels: labels)
    let scores = Tensor([Float(0.1), 0.2, 0.6, 0.1], shape: [1, 4])
    #expect(
        try found.predictions(scores) == [.init(label: "c", probability: 0.6), .init(label: "b", probability: 0.2)])
    let plain = try classifier("", form)
    #expect(try plain.predictions(scores).map(\.label) == ["2", "1", "0", "3"])
    let expected = PictureSettings.fault("labels: 'l.txt' has 4 labels, but the output 'y' has 5 scores")
    #expect(throws: expected) {
        try classifier(
            "", signature(["x": port(.float, [-1, 4, 4, 3])], ["y": port(.float, [-1, 5])]), labels: labels)
    }
    #expect(throws: expected) { try found.predictions(Tensor([Float](repeating: 0, count: 5), shape: [1, 5])) }
}
