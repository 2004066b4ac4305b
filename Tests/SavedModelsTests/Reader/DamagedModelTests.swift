import ServingCore
import TestSupport
import Testing

@testable import SavedModels

/// Damaged files must be refused or read as something else; never may they crash or hang the process.
@Suite struct DamagedModelTests {
    @Test(arguments: ["two_shards", "tf2_nested", "asset_table"]) func truncatedModels(_ name: String) throws {
        let scratch = Scratch(copying: name)
        let bytes = Fixtures.read(Fixtures.path(name) + "/saved_model.pb")
        for length in stride(from: 0, to: bytes.count, by: 41) {
            scratch.write("saved_model.pb", Array(bytes.prefix(length)))
            let status = failure { () throws(Status) in _ = try SavedModel.read(directory: scratch.path) }
            #expect(status != nil, "\(length) bytes")
        }
    }

    @Test(arguments: ["two_shards", "tf2_nested", "asset_table", "partitioned"]) func flippedBits(_ name: String) throws
    {
        let scratch = Scratch(copying: name)
        let bytes = Fixtures.read(Fixtures.path(name) + "/saved_model.pb")
        var random = Seeded(state: 3)
        var refused = 0
        for _ in 0..<400 {
            var damaged = bytes
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                damaged[Int.random(in: bytes.indices, using: &random)] ^= 1 << UInt8.random(in: 0...7, using: &random)
            }
            scratch.write("saved_model.pb", damaged)
            if failure({ () throws(Status) in _ = try SavedModel.read(directory: scratch.path) }) != nil {
                refused += 1
            }
        }
        #expect(refused > 100)
    }

    @Test func damagedTexts() throws {
        let scratch = Scratch(copying: "pbtxt")
        let bytes = Fixtures.read(Fixtures.path("pbtxt") + "/saved_model.pbtxt")
        var random = Seeded(state: 5)
        for _ in 0..<100 {
            var damaged = bytes
            damaged[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
            scratch.write("saved_model.pbtxt", damaged)
            _ = failure { () throws(Status) in _ = try SavedModel.read(directory: scratch.path) }
        }
        for length in stride(from: 0, to: bytes.count, by: 997) {
            scratch.write("saved_model.pbtxt", Array(bytes.prefix(length)))
            #expect(failure { () throws(Status) in _ = try SavedModel.read(directory: scratch.path) } != nil)
        }
    }
}
