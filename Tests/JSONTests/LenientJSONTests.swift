import ServingCore
import TestSupport
import Testing

@testable import JSON

@Suite struct LenientJSONTests {
    /// The value as errors show it, or what is wrong.
    private func read(_ text: [UInt8], padding: Int = 0) -> Result<String, Status> {
        let padded = text + [UInt8](repeating: UInt8(ascii: "]"), count: padding)
        return padded.withUnsafeBytes { bytes in
            do throws(Status) {
                let document = try JSONDocument(
                    lenient: UnsafeRawBufferPointer(rebasing: bytes[..<text.count]), isPadded: padding > 0)
                return .success(withExtendedLifetime(document) { document.root.shownText })
            } catch {
                return .failure(error)
            }
        }
    }

    /// What the scanner by itself makes of the text.
    private func scan(_ text: [UInt8]) throws -> Result<String, JSONFault> {
        let tape = try ScannedTape(forText: text.count)
        return text.withUnsafeBytes { bytes in
            var scanner = JSONScanner(bytes, into: tape)
            do throws(JSONFault) {
                try scanner.scan()
            } catch {
                return .failure(error)
            }
            return withExtendedLifetime(tape) {
                .success(JSONElement(tape: tape.words, strings: tape.strings, index: 1).shownText)
            }
        }
    }

    /// Texts and what RapidJSON 1.1.0 makes of them when it is called as TensorFlow Serving calls it, all as hexadecimal digits: the
    /// value as it is shown in errors, or the error.
    @Test func textsAreReadAsRapidJSONReadsThem() {
        for row in Repository.rows("Tests/Fixtures/JSON/documents.txt") {
            let text = Repository.bytes(hexadecimal: row[1])
            let expected = String(decoding: Repository.bytes(hexadecimal: row[2]), as: UTF8.self)
            for padding in [0, 64] {
                switch read(text, padding: padding) {
                case .success(let value): #expect(row[0] == "value" && value == expected)
                case .failure(let status): #expect(row[0] == "fault" && status == .invalidArgument(expected))
                }
            }
        }
    }

    /// Two readers that know nothing of each other.
    @Test func theScannerSeesWhatSimdjsonSees() throws {
        var compared = 0
        for row in Repository.rows("Tests/Fixtures/JSON/documents.txt") {
            let text = Repository.bytes(hexadecimal: row[1])
            guard case .success(let expected) = read(text) else { continue }
            #expect(try scan(text).get() == expected)
            compared += 1
        }
        #expect(compared > 100)
    }

    @Test func depthHasNoLimit() {
        let depth = 100_000
        let nested = [UInt8](repeating: UInt8(ascii: "["), count: depth) + Array("1".utf8)
        #expect(
            read(nested)
                == .failure(
                    .invalidArgument(
                        "JSON Parse error: Missing a comma or ']' after an array element. at offset: \(depth + 1)")))
        let closed = nested + [UInt8](repeating: UInt8(ascii: "]"), count: depth)
        #expect(try! read(closed).get() == String(repeating: "[", count: 256))
    }

    @Test func damagedTextsNeverTrap() throws {
        var random = Seeded(state: 11)
        let rows = Repository.rows("Tests/Fixtures/JSON/documents.txt")
        for _ in 0..<4000 {
            var text = Repository.bytes(hexadecimal: rows[Int.random(in: rows.indices, using: &random)][1])
            for _ in 0..<Int.random(in: 1...3, using: &random) where !text.isEmpty {
                text[Int.random(in: text.indices, using: &random)] = UInt8.random(in: .min ... .max, using: &random)
            }
            let whole = read(text)
            let scanned = try scan(text)
            if case .failure(let fault) = scanned {
                #expect(fault.offset <= text.count)
                continue
            }
            // Anything may follow a value.
            let longer = read(text + Array(" }".utf8))
            if case .success(let value) = longer { #expect(try whole.get() == value) }
        }
    }
}

@Suite struct NumberTextTests {
    /// Numbers by their bits, and the first of `%g` and `%.9g` or `%.17g` that reads back as the same, with `.0` behind whole ones.
    @Test func numbersAreWrittenAsCWritesThem() {
        for row in Repository.rows("Tests/Fixtures/JSON/numbers.txt") {
            var buffer = JSONBuffer()
            switch row[0] {
            case "float": buffer.append(real: Float(bitPattern: UInt32(row[1], radix: 16) ?? 0))
            default: buffer.append(real: Double(bitPattern: UInt64(row[1], radix: 16) ?? 0))
            }
            #expect(String(decoding: buffer.bytes, as: UTF8.self) == row[2])
        }
    }

    @Test func everyNumberReadsBackAsTheSame() {
        var random = Seeded(state: 3)
        for _ in 0..<20_000 {
            let float = Float(bitPattern: UInt32.random(in: 0...UInt32.max, using: &random))
            let double = Double(bitPattern: UInt64.random(in: 0...UInt64.max, using: &random))
            guard float.isFinite, double.isFinite else { continue }
            var buffer = JSONBuffer()
            buffer.append(real: float)
            #expect(Float(String(decoding: buffer.bytes, as: UTF8.self)) == float)
            buffer = JSONBuffer()
            buffer.append(real: double)
            #expect(Double(String(decoding: buffer.bytes, as: UTF8.self)) == double)
        }
    }

    @Test func integersOfEveryWidth() {
        func text<Integer: FixedWidthInteger>(_ value: Integer) -> String {
            var buffer = JSONBuffer()
            buffer.append(integer: value)
            return String(decoding: buffer.bytes, as: UTF8.self)
        }
        #expect(text(Int64.min) == String(Int64.min) && text(UInt64.max) == String(UInt64.max))
        #expect(text(Int8(-128)) == "-128" && text(UInt16(0)) == "0" && text(Int32(1007)) == "1007")
    }

    @Test(arguments: [
        ("a\"b\\c/\u{1}\u{1f}\n\t\r\u{8}\u{c}\u{7f}ä", "\"a\\\"b\\\\c/\\u0001\\u001F\\n\\t\\r\\b\\f\u{7f}ä\""),
        ("", "\"\""),
    ]) func stringsAreEscaped(_ text: String, _ expected: String) {
        var buffer = JSONBuffer()
        buffer.append(string: text)
        #expect(String(decoding: buffer.bytes, as: UTF8.self) == expected)
    }

    @Test func bytesAsBase64() {
        for count in 0..<10 {
            let bytes = (0..<count).map { UInt8($0 * 37 & 255) }
            var expected: [UInt8] = []
            var buffer = JSONBuffer()
            bytes.withUnsafeBytes {
                Base64.encode($0, to: &expected)
                buffer.append(base64: $0)
            }
            #expect(
                String(decoding: buffer.bytes, as: UTF8.self)
                    == "{\"b64\": \"\(String(decoding: expected, as: UTF8.self))\"}")
        }
    }
}
