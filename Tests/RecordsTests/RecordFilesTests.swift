import Glibc
import ServingCore
import TestSupport
import Testing

@testable import Records

/// The records of every file below `folder`, by file name.
func recordsInFiles(of folder: TemporaryDirectory) throws -> [(name: String, records: [[UInt8]])] {
    try folder.names.sorted().map { name in
        var reader = try TFRecordReader(path: "\(folder.path)/\(name)")
        var records: [[UInt8]] = []
        while let record = try reader.next() { records.append(record) }
        return (name, records)
    }
}

@Suite struct RecordFilesTests {
    private let folder = TemporaryDirectory()

    private func files(_ limits: RecordFiles.Limits = RecordFiles.Limits(), prefix: String = "log") -> RecordFiles {
        RecordFiles(RecordFileName(prefix: "\(folder.path)/\(prefix)", name: "m"), limits: limits)
    }

    @Test func namesTellPrefixModelTimeProcessAndNumber() {
        let name = RecordFileName(prefix: "/var/log/requests", name: "a/b c")
        #expect(name.folder == "/var/log")
        let file = name.name(seconds: 1_700_000_000, process: 42, number: 3)
        #expect(file == "requests-a_b_c-20231114T221320Z-42-000003.tfrecord")
        #expect(name.matches(file))
        #expect(name.path(file) == "/var/log/\(file)")
        #expect(RecordFileName(prefix: "/logs/", name: "m").name(seconds: 0, process: 1, number: 1).hasPrefix("m-1970"))
        #expect(RecordFileName(prefix: "/r", name: "m").path("x") == "/x")
    }

    @Test(arguments: [
        "log-m-other-20231114T221320Z-42-000003.tfrecord", "log-m-20231114T221320Z-42-.tfrecord",
        "log-m-20231114T221320Z-42.tfrecord", "log-m-2023111T2221320Z-42-1.tfrecord.gz", "log-m-.tfrecord",
        "log-m-20231114T22132xZ-42-000003.tfrecord", "log-m-20231114T221320-42-000003.tfrecord",
    ])
    func namesOfOtherFilesAreLeftAlone(_ other: String) {
        #expect(!RecordFileName(prefix: "/x/log", name: "m").matches(other))
    }

    @Test func fullFilesAreFollowedByOthersAndTheOldestIsRemoved() throws {
        let other = folder.write("log-m-notes.txt", "")
        var limits = RecordFiles.Limits()
        limits.recordsPerFile = 3
        limits.files = 2
        let log = files(limits)
        var written = 0
        for piece in [1, 5, 2] {
            let records = (written..<written + piece).map { [UInt8($0)] }
            try log.append(records) { written += $0 }
        }
        #expect(written == 8)
        unlink(other)
        let found = try recordsInFiles(of: folder)
        #expect(found.map(\.records) == [[[3], [4], [5]], [[6], [7]]])
    }

    @Test func aFileEndsBeforeItGrowsAboveItsLimit() throws {
        var limits = RecordFiles.Limits()
        limits.bytesPerFile = 100
        let log = files(limits)
        let large = [UInt8](repeating: 1, count: 70)
        try log.append([[1], large, large, [2], [UInt8](repeating: 3, count: 500), [4]]) { _ in }
        let sizes = try recordsInFiles(of: folder).map { $0.records.map(\.count) }
        #expect(sizes == [[1], [70], [70], [1], [500], [1]])
    }

    @Test func aFolderThatIsNotThereIsAnError() {
        let log = files(prefix: "missing/log")
        #expect(throws: Status.self) { try log.append([[1]]) { _ in } }
    }
}
