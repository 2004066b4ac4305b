import TestSupport
import Testing

@testable import ServingProtos

@Suite struct WireFieldsTests {
    private func fields(_ bytes: [UInt8], origin: Int = 0, depth: Int = 0) throws(WireFields.Fault) -> [String] {
        try bytes.withUnsafeBufferPointer { (buffer) throws(WireFields.Fault) in
            var fields = WireFields(UnsafeRawBufferPointer(buffer), origin: origin, depth: depth)
            var found: [String] = []
            while let field = try fields.next() {
                let content = field.content.map { "\(Array($0))@\(field.contentPosition)" } ?? "-"
                found.append("\(field.number) \(content) \(field.range)")
            }
            return found
        }
    }

    @Test func contentsStandWhereTheyCameIn() throws {
        #expect(try fields([]).isEmpty)
        #expect(try fields([0x0a, 0x02, 7, 8, 0x12, 0x00]) == ["1 [7, 8]@2 0..<4", "2 []@6 4..<6"])
        #expect(try fields([0x0a, 0x01, 7], origin: 100) == ["1 [7]@102 100..<103"])
    }

    @Test func otherFieldsAreReadOver() throws {
        let number: [UInt8] = [0x08, 0xff, 0x01]
        let fixed: [UInt8] = [0x19] + [UInt8](repeating: 1, count: 8) + [0x25, 1, 2, 3, 4]
        let group: [UInt8] = [0x2b, 0x2b, 0x08, 0x05, 0x2c, 0x0a, 0x01, 0x2c, 0x2c]
        #expect(try fields(number + fixed + group) == ["1 - 0..<3", "3 - 3..<12", "4 - 12..<17", "5 - 17..<26"])
    }

    @Test func numbersMayHaveMoreBytesThanTheyNeed() throws {
        #expect(try fields([0x8a, 0x80, 0x00, 0x81, 0x00, 9]) == ["1 [9]@5 0..<6"])
    }

    @Test(
        arguments: [
            ([0x00], 0, "malformed field number"), ([0x80], 0, "malformed field number"),
            ([0xff, 0xff, 0xff, 0xff, 0x1f], 0, "malformed field number"), ([0x0a], 1, "malformed length"),
            ([0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f], 1, "malformed length"),
            ([0x0a, 0x01], 1, "a length of 1 bytes where 0 are left"),
            ([0x08] + [UInt8](repeating: 0xff, count: 10), 1, "field 1 is a malformed number"),
            ([0x0d, 1, 2, 3], 1, "field 1 is cut off"), ([0x09, 1, 2, 3, 4, 5, 6, 7], 1, "field 1 is cut off"),
            ([0x0b], 1, "group 1 does not end"), ([0x0b, 0x14], 2, "group 1 ends as group 2"),
            ([0x0c], 1, "the end of a group 1 that has not begun"), ([0x0e], 1, "field 1 has the unknown wire type 6"),
            ([0x0b, 0x0f], 2, "field 1 has the unknown wire type 7"),
        ] as [([UInt8], Int, String)])
    func faults(_ bytes: [UInt8], _ position: Int, _ what: String) {
        #expect(throws: WireFields.Fault(position: position, what: what)) { try fields(bytes) }
    }

    @Test func groupsAreNestedOnlySoDeep() throws {
        func groups(_ count: Int) -> [UInt8] {
            [UInt8](repeating: 0x0b, count: count) + [UInt8](repeating: 0x0c, count: count)
        }
        #expect(try fields(groups(100)).count == 1)
        #expect(try fields(groups(98), depth: 2).count == 1)
        let tooDeep = "groups are nested deeper than 100"
        #expect(throws: WireFields.Fault(position: 101, what: tooDeep)) { try fields(groups(101)) }
        #expect(throws: WireFields.Fault(position: 99, what: tooDeep)) { try fields(groups(99), depth: 2) }
        // As deep as memory goes.
        #expect(throws: WireFields.Fault.self) { try fields([UInt8](repeating: 0x0b, count: 1 << 20)) }
    }

    @Test func anyBytesAreReadToTheirEndOrToAFault() {
        var random = Seeded(state: 3)
        for _ in 0..<20_000 {
            let bytes = (0..<Int(random.next() % 40)).map { _ in UInt8(truncatingIfNeeded: random.next() >> 7 & 0x3f) }
            guard let found = try? fields(bytes) else { continue }
            #expect(found.isEmpty == bytes.isEmpty)
        }
    }
}
