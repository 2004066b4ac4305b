import Glibc
import ServingCore
import Testing

@testable import SavedModels

@Suite struct CompletenessTests {
    private func incomplete(_ directory: String) throws -> Status? {
        guard case .incomplete(let status) = try SavedModel.checkCompleteness(directory: directory) else { return nil }
        return status
    }

    @Test(arguments: Fixtures.names) func recordedModelsAreComplete(_ name: String) throws {
        guard case .complete(let bytes) = try SavedModel.checkCompleteness(directory: Fixtures.path(name)) else {
            Issue.record("incomplete")
            return
        }
        #expect(bytes > 0)
    }

    @Test(arguments: Fixtures.names) func everyMissingFileIsNoticed(_ name: String) throws {
        let scratch = Scratch(copying: name)
        for file in Scratch.files(scratch.path, "") {
            // A TF1 asset stands in a packed collection, which only reading the graph shows.
            if file.hasPrefix("assets/"), name == "asset_table" { continue }
            let bytes = Fixtures.read(scratch.path + "/" + file)
            unlink(scratch.path + "/" + file)
            let status = try incomplete(scratch.path)
            #expect(status?.code == .notFound, "\(file)")
            scratch.write(file, bytes)
        }
        #expect(try incomplete(scratch.path) == nil)
    }

    @Test(arguments: ["two_shards", "keras3_dense", "asset_table"]) func everyTruncationIsNoticed(_ name: String) throws
    {
        let scratch = Scratch(copying: name)
        for file in Scratch.files(scratch.path, "") where !file.hasPrefix("assets/") {
            let bytes = Fixtures.read(scratch.path + "/" + file)
            for length in stride(from: 0, to: bytes.count, by: max(1, bytes.count / 200)) {
                scratch.write(file, Array(bytes.prefix(length)))
                let status = try incomplete(scratch.path)
                // Cut behind its first field, saved_model.pb is a well-formed model without meta graphs.
                #expect(status?.code == .unavailable || (file == "saved_model.pb" && length == 2), "\(file): \(length)")
            }
            scratch.write(file, bytes)
        }
    }

    @Test func theErrorsSayWhatIsMissing() throws {
        let scratch = Scratch(copying: "two_shards")
        let shard = scratch.path + "/variables/variables.data-00001-of-00002"
        scratch.write("variables/variables.data-00001-of-00002", [1, 2])
        #expect(
            try incomplete(scratch.path)
                == .unavailable("\(shard) is incomplete: it has 2 bytes, its index needs 12"))
        unlink(shard)
        #expect(try incomplete(scratch.path) == .notFound("\(shard); No such file or directory"))
    }

    @Test func corruptionIsNoLackOfFiles() throws {
        let scratch = Scratch(copying: "two_shards")
        let model = Fixtures.read(scratch.path + "/saved_model.pb")
        scratch.write("saved_model.pb", Array("<html>not found</html>".utf8))
        #expect(throws: Status.dataLoss("Can't parse \(scratch.path)/saved_model.pb as binary proto")) {
            try incomplete(scratch.path)
        }
        scratch.write("saved_model.pb", model)
        var bytes = Fixtures.read(scratch.path + "/variables/variables.index")
        bytes[3] ^= 0x10
        scratch.write("variables/variables.index", bytes)
        #expect(throws: Status.self) { try incomplete(scratch.path) }
    }
}
