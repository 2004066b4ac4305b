import ServingCore
import Tensors
import TestSupport
import Testing

@testable import JSON

/// Tensors written and read again.
@Suite struct TensorTextTests {
    private func text(_ tensor: Tensor, asBase64: Bool = false, isStrict: Bool = false) throws -> String {
        var buffer = JSONBuffer()
        try JSONTensorText(tensor, asBase64: asBase64, isStrict: isStrict).write(to: &buffer)
        return String(decoding: buffer.bytes, as: UTF8.self)
    }

    private func read(_ text: String, _ dataType: DataType) throws -> Tensor {
        let bytes = Array(text.utf8)
        let document = try bytes.withUnsafeBytes { try JSONDocument(lenient: $0) }
        defer { withExtendedLifetime(document) {} }
        let sizes = JSONTensorReader.shape(of: document.root)
        let reader = try JSONTensorReader(dataType, textBytes: bytes.count)
        let tensor = try reader.makeTensor(sizes)
        try reader.fill(
            document.root, sizes, UnsafeMutableRawBufferPointer(start: tensor.buffer.base, count: tensor.byteCount))
        return tensor
    }

    private static let numbers: [DataType] = [
        .float, .double, .half, .bfloat16, .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32, .uint64,
    ]

    @Test(arguments: numbers) func everyElementComesBack(_ dataType: DataType) throws {
        var random = Seeded(state: UInt64(dataType.rawValue))
        for _ in 0..<50 {
            let sizes = (0..<Int.random(in: 0...4, using: &random)).map { _ in Int.random(in: 1...4, using: &random) }
            let tensor = try #require(Tensor(allocating: dataType, shape: TensorShape(sizes)))
            let bytes = UnsafeMutableRawBufferPointer(start: tensor.buffer.base, count: tensor.byteCount)
            for index in bytes.indices { bytes[index] = UInt8.random(in: .min ... .max, using: &random) }
            let written = try text(tensor)
            let again = try read(written, dataType)
            #expect(again.shape == tensor.shape)
            // Not-a-numbers have many forms, and all are written as one.
            #expect(written.contains("NaN") || again.bytes.elementsEqual(tensor.bytes))
            #expect(try text(again) == written)
        }
    }

    @Test(arguments: [
        ([0], "[]"), ([2, 0], "[[], []]"), ([0, 3], "[]"), ([2, 0, 3], "[[], []]"), ([1, 2, 0], "[[[], []]]"),
        ([], "0.0"),
        ([2, 1, 2], "[[[0.0, 0.0]], [[0.0, 0.0]]]"),
    ]) func shapesWithoutElements(_ sizes: [Int], _ expected: String) throws {
        let shape = TensorShape(sizes)
        let tensor = Tensor([Float](repeating: 0, count: shape.elementCount), shape: shape)
        #expect(try text(tensor) == expected)
    }

    @Test func rowsByThemselves() throws {
        let tensor = Tensor([1, 2, 3, 4, 5, 6] as [Int32], shape: [3, 2])
        let row = try JSONTensorText(tensor, asBase64: false, isStrict: false)
        var buffer = JSONBuffer()
        row.write(row: 1, to: &buffer)
        #expect(String(decoding: buffer.bytes, as: UTF8.self) == "[3, 4]")
    }

    @Test func stringsAndWhatJSONDoesNotHave() throws {
        let strings = Tensor(texts: ["a\"b", "", "ä\n"], shape: [3])
        #expect(try text(strings) == "[\"a\\\"b\", \"\", \"ä\\n\"]")
        #expect(try read(text(strings), .string).texts == strings.texts)
        #expect(try read(text(strings, asBase64: true), .string).texts == strings.texts)
        let numbers = Tensor([.nan, .infinity, -.infinity, 1] as [Double])
        #expect(try text(numbers) == "[NaN, Infinity, -Infinity, 1.0]")
        #expect(try text(numbers, isStrict: true) == "[null, null, null, 1.0]")
        #expect(throws: Status.self) { try text(Tensor(object: Repository.self as AnyObject, dataType: .resource)) }
    }

    @Test func listsThatAreNoTensorAreRefused() {
        for lists in [
            "[[1, 2], [3]]", "[[1], 2]", "[1, [2]]", "[\"a\"]", "[null]", "[{}]", "[[[[[[[[[[[[[1]]]]]]]]]]]]]",
        ] {
            #expect(throws: Status.self) { try read(lists, .float) }
        }
    }
}
