import CServingProtos
import ServingCore
import ServingProtos
import Tensors
import TestSupport
import Testing

@testable import Services

/// Requests with what protobuf reads in them: `Tests/Fixtures/Services/example_inputs.txt`.
@Suite struct ExampleInputTests {
    private typealias ClassifyMessage = InferenceMessage<Tensorflow__Serving__ClassificationRequest>

    private struct Case {
        let request: [UInt8]
        /// nil: the request is malformed.
        let examples: [[UInt8]]?
    }

    private static let cases = Repository.rows("Tests/Fixtures/Services/example_inputs.txt").map { row in
        let examples = row[1].split(separator: ",", omittingEmptySubsequences: false).dropFirst()
        return Case(
            request: Repository.bytes(hexadecimal: row[0]),
            examples: row[1] == "malformed" ? nil : examples.map { Repository.bytes(hexadecimal: $0) })
    }

    /// The strings that `rows` are written as.
    private func written(_ list: ExampleList, _ rows: Range<Int>) throws -> [[UInt8]] {
        let tensor = try #require(Tensor(allocating: .string, shape: [rows.count]))
        try list.write(rows, to: tensor.buffer.base, of: tensor.buffer)
        return tensor.strings
    }

    @Test func examplesAreThoseThatProtobufReads() throws {
        #expect(ExampleInputTests.cases.contains { $0.examples == nil })
        for entry in ExampleInputTests.cases {
            let note = Comment(rawValue: entry.request.map { String($0, radix: 16) }.joined(separator: " "))
            guard let expected = entry.examples else {
                let error = #expect(throws: Status.self, note) { try ClassifyMessage(copying: entry.request) }
                #expect(error?.code == .internalError, note)
                continue
            }
            guard let message = try? ClassifyMessage(copying: entry.request) else {
                Issue.record(note)
                continue
            }
            guard !expected.isEmpty else {
                let empty = Status.invalidArgument("Input is empty.")
                #expect(throws: empty, note) { try message.examples() }
                continue
            }
            let list = try message.examples()
            #expect(list.dataType == .string && list.shape == [expected.count], note)
            #expect(try list.tensor().strings == expected, note)
            for start in 0...expected.count {
                #expect(try written(list, start..<expected.count) == Array(expected[start...]), note)
                #expect(try written(list, 0..<start) == Array(expected[..<start]), note)
            }
        }
    }

    @Test func withoutAContextNothingIsCopied() throws {
        let bytes: [UInt8] = [0x12, 0x08, 0x0a, 0x06, 0x0a, 0x01, 0x61, 0x0a, 0x01, 0x62]
        let heap = try #require(StringHeap(capacity: bytes.count))
        let place = bytes.withUnsafeBytes { heap.append($0) }.bytes
        let tensor = try ClassifyMessage(place, owner: heap).examples().tensor()
        let elements = tensor.elements(ElementReference.self)
        #expect(elements[0].pointer == place.baseAddress! + 6 && elements[0].count == 1)
        #expect(elements[1].pointer == place.baseAddress! + 9 && elements[1].count == 1)
        #expect(tensor.buffer.attachedObjects.contains { $0 === heap })
    }

    /// A ModelSpec with a name and, where it is given, a version.
    private static func spec(_ name: String, version: Int64? = nil) -> [UInt8] {
        var spec = WireWriter()
        spec.append(field: 1, string: name)
        if let version {
            var number = WireWriter()
            number.append(field: 1, integer: version)
            spec.append(field: 2, message: number.bytes)
        }
        return spec.bytes
    }

    private static func message(_ parts: [(Int, [UInt8])]) -> [UInt8] {
        var writer = WireWriter()
        for (number, content) in parts { writer.append(field: number, message: content) }
        return writer.bytes
    }

    @Test(arguments: [[1, 2], [2, 1], [1, 1, 2], [1, 2, 1], [2, 1, 1]])
    func whatIsAskedForMayStandAnywhereAndInPieces(_ order: [Int]) throws {
        var specs = [Self.spec("first", version: 4), Self.spec("last")]
        if order.count == 2 { specs = [Self.spec("last", version: 4)] }
        var next = specs.makeIterator()
        let bytes = Self.message(order.map { ($0, $0 == 1 ? next.next()! : [0x0a, 0x02, 0x0a, 0x00]) })
        let message = try ClassifyMessage(copying: bytes)
        let request = try message.head.read { (request) throws(Status) in try request.pointee.model() }
        #expect(request.name == "last" && request.choice == .specific(4))
        #expect(try message.examples().count == 1)
    }

    @Test(arguments: [[1, 1, 2], [1, 2, 1], [2, 1, 1]]) func tasksMayStandAnywhere(_ order: [Int]) throws {
        var next = ["a", "b"].makeIterator()
        let bytes = Self.message(
            order.map { number in
                guard number == 1 else { return (2, [0x0a, 0x02, 0x0a, 0x00]) }
                var spec = WireWriter()
                spec.append(field: 3, string: next.next()!)
                return (1, Self.message([(1, spec.bytes)]))
            })
        let message = try InferenceMessage<Tensorflow__Serving__MultiInferenceRequest>(copying: bytes)
        #expect(message.head.read { $0.pointee.signatureNames } == ["a", "b"])
        #expect(try message.examples().count == 1)
    }

    @Test func faultsAreNamedWithTheirPlace() {
        func text(_ bytes: [UInt8]) -> String? {
            #expect(throws: Status.self) { try ClassifyMessage(copying: bytes) }?.message
        }
        let name = "malformed tensorflow.serving.ClassificationRequest at byte"
        #expect(text([0x12, 0x05]) == "\(name) 1: a length of 5 bytes where 0 are left")
        #expect(text([0x12, 0x02, 0x0a, 0x05]) == "\(name) 3: a length of 5 bytes where 0 are left")
        #expect(text([0x12, 0x04, 0x0a, 0x02, 0x0a, 0x7f]) == "\(name) 5: a length of 127 bytes where 0 are left")
        #expect(text([0x12, 0x01, 0x00]) == "\(name) 2: malformed field number")
        #expect(text([0x1b]) == "\(name) 1: group 3 does not end")
        #expect(text([0x1e]) == "\(name) 1: field 3 has the unknown wire type 6")
        #expect(text([0x0a, 0x02, 0x0a, 0x05])?.hasPrefix("malformed ") == true)
    }

    @Test func copiesOfAContextAreBounded() throws {
        let context = [UInt8](repeating: 0, count: 300_000)
        var list = WireWriter()
        list.append(field: 2, message: context)
        for _ in 0..<1000 { list.append(field: 1, message: []) }
        let message = try ClassifyMessage(copying: Self.message([(2, Self.message([(2, list.bytes)]))]))
        let expected = Status.resourceExhausted(
            "A context of 300000 bytes for each of 1000 examples takes more than 268435456 bytes")
        #expect(throws: expected) { try message.examples() }
    }

    @Test func damagedRequestsNeverTrap() throws {
        var random = Seeded(state: 11)
        for entry in ExampleInputTests.cases where entry.request.count > 2 {
            for _ in 0..<20 {
                var bytes = entry.request
                for _ in 0...Int(random.next() % 3) {
                    bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
                }
                guard let list = try? ClassifyMessage(copying: bytes).examples() else { continue }
                let all = try list.tensor().strings
                let start = Int(random.next() % UInt64(all.count))
                #expect(try written(list, start..<all.count) == Array(all[start...]))
            }
        }
    }
}
