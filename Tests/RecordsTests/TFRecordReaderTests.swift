import ServingCore
import TestSupport
import Testing

@testable import Records

/// The records in `bytes`, and the error that ended the reading.
private func readAll(_ bytes: [UInt8], longest: Int = .max) throws -> (records: [[UInt8]], failure: Status?) {
    let folder = TemporaryDirectory()
    let path = folder.write("records", bytes)
    var reader = try TFRecordReader(path: path, longest: longest)
    var records: [[UInt8]] = []
    do throws(Status) {
        while let record = try reader.next() { records.append(record) }
    } catch {
        return (records, error)
    }
    return (records, nil)
}

@Suite struct TFRecordReaderTests {
    private static let absentLengths: [UInt64] = [
        100, 0x4000_0000, 0x100_0000_0000, 0x7fff_ffff_ffff_ffff, 0x8000_0000_0000_0000, 0xffff_ffff_ffff_ffff,
        0xffff_ffff_ffff_fffb, 0xffff_ffff_ffff_fff0,
    ]

    private let three = Repository.bytes("Tests/Fixtures/Records/three.tfrecord")

    @Test func recordsThatTensorFlowWrote() throws {
        let (records, failure) = try readAll(three)
        #expect(failure == nil)
        #expect(records == [Array("hello".utf8), [], [UInt8](repeating: UInt8(ascii: "x"), count: 40)])
    }

    @Test func whatIsWrittenIsWhatTensorFlowWrites() throws {
        var bytes: [UInt8] = []
        for record in try readAll(three).records { record.withUnsafeBytes { TFRecord.append($0, to: &bytes) } }
        #expect(bytes == three)
    }

    @Test func everyCutAndEveryChangedByteGivesTensorFlowsVerdict() throws {
        let rows = Repository.rows("Tests/Fixtures/Records/verdicts.txt")
        #expect(rows.count == 2 * three.count + 1)
        for row in rows {
            let parts = row[0].split(separator: " ")
            let position = try #require(Int(parts[1]))
            var bytes = parts[0] == "cut" ? Array(three[..<position]) : three
            if parts[0] == "flip" { bytes[position] ^= 1 }
            let (records, failure) = try readAll(bytes)
            #expect(records.map { String($0.count) }.joined(separator: ",") == row[1], "\(row[0])")
            #expect(failure == (row[2] == "end" ? nil : Status.dataLoss(row[2])), "\(row[0])")
        }
    }

    @Test(arguments: TFRecordReaderTests.absentLengths)
    func aLengthThatTheFileDoesNotHaveAllocatesNothing(_ length: UInt64) throws {
        var bytes = withUnsafeBytes(of: length.littleEndian) { Array($0) }
        let checksum = CRC32C.mask(bytes.withUnsafeBytes { CRC32C.checksum($0) })
        bytes += withUnsafeBytes(of: checksum.littleEndian) { Array($0) }
        let (records, failure) = try readAll(three + bytes + [1, 2, 3])
        #expect(records.count == 3)
        #expect(failure == .dataLoss("truncated record at 93' failed with Read less bytes than requested"))
    }

    @Test func aRecordAboveTheLimitIsNotRead() throws {
        let (records, failure) = try readAll(three, longest: 39)
        #expect(records.count == 2)
        #expect(failure?.code == .resourceExhausted)
        #expect(failure?.message.contains("has 40 bytes; at most 39 are read") == true)
    }

    @Test func whatIsNoFile() {
        let folder = TemporaryDirectory()
        func refusal(_ path: String) -> Status? {
            do throws(Status) { _ = try TFRecordReader(path: path) } catch { return error }
            return nil
        }
        let missing = "\(folder.path)/missing"
        #expect(refusal(missing) == .notFound("\(missing); No such file or directory"))
        #expect(refusal(folder.path) == .failedPrecondition("\(folder.path) is not a regular file"))
    }

    @Test func mutatedFilesNeverGiveOtherBytesThanWereWritten() throws {
        var random = Seeded(state: 1)
        for round in 0..<400 {
            let records = (0..<Int.random(in: 0...6, using: &random)).map { _ in
                (0..<Int.random(in: 0...90, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
            }
            var bytes: [UInt8] = []
            for record in records { record.withUnsafeBytes { TFRecord.append($0, to: &bytes) } }
            for _ in 0..<Int.random(in: 0...3, using: &random) where !bytes.isEmpty {
                let position = Int.random(in: bytes.indices, using: &random)
                switch Int.random(in: 0...3, using: &random) {
                case 0: bytes[position] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.removeSubrange(position...)
                case 2: bytes.remove(at: position)
                default: bytes.insert(UInt8.random(in: 0...255, using: &random), at: position)
                }
            }
            let (read, failure) = try readAll(bytes)
            // A checksum of 32 bits may be right by chance, but not in 400 rounds.
            #expect(read == Array(records.prefix(read.count)), "round \(round)")
            #expect(failure == nil || failure?.code == .dataLoss, "round \(round)")
        }
    }
}
