import Records
import ServingCore
import Tensors
import TestSupport
import Testing

@testable import SavedModels

@Suite struct TensorBundleTests {
    static let models = Fixtures.names.filter { $0 != "asset_table" }

    @Test(arguments: models) func everyVariableIsAsTensorFlowReadsIt(_ model: String) throws {
        let bundle = try TensorBundle(prefix: Fixtures.prefix(model))
        let expected = Fixtures.variables(model)
        #expect(!expected.isEmpty)
        #expect(bundle.names.filter { !$0.hasPrefix("_CHECKPOINTABLE") } == expected.map(\.name))
        for variable in expected {
            let tensor = try bundle.tensor(named: variable.name)
            #expect(tensor.dataType.protoName == variable.type)
            #expect(tensor.shape.dimensions == variable.shape)
            if tensor.dataType == .string {
                #expect(tensor.strings == variable.data)
            } else {
                #expect(Array(tensor.bytes) == variable.data[0])
            }
        }
    }

    @Test(arguments: models) func preparedVariablesAreTheSame(_ model: String) throws {
        let bundle = try TensorBundle(prefix: Fixtures.prefix(model)) { 3 }
        bundle.prepare(bundle.names + ["unknown"], leastBytes: 0)
        for variable in Fixtures.variables(model) where variable.type != "DT_STRING" {
            let tensor = try bundle.tensor(named: variable.name)
            #expect(withExtendedLifetime(tensor) { Array(tensor.bytes) } == variable.data[0])
        }
    }

    @Test func alignedTensorsShareTheMappedFile() throws {
        let bundle = try TensorBundle(prefix: Fixtures.prefix("two_shards"))
        let first = try bundle.tensor(named: "a")
        let second = try bundle.tensor(named: "a")
        #expect(first.buffer.base == second.buffer.base)
        #expect(!first.buffer.isWritable)
    }

    @Test func tensorsOutliveTheirBundle() throws {
        let tensor = try TensorBundle(prefix: Fixtures.prefix("two_shards")).tensor(named: "b")
        #expect(tensor.array(Float.self) == [8, 9, 10])
    }

    @Test func unknownNamesAreNotFound() throws {
        let bundle = try TensorBundle(prefix: Fixtures.prefix("ref_variables"))
        #expect(bundle.contains("a") && !bundle.contains("c") && !bundle.contains(""))
        #expect(
            failure { () throws(Status) in _ = try bundle.tensor(named: "c") }
                == .notFound("Key c not found in checkpoint"))
    }

    @Test func missingFilesAreNotFound() {
        let absent = "/nowhere/variables"
        #expect(
            failure { () throws(Status) in _ = try TensorBundle(prefix: absent) }
                == .notFound("/nowhere/variables.index; No such file or directory"))
    }

    // MARK: - Slices

    @Test func slicesOfWholeAndPartitionedTensors() throws {
        let bundle = try TensorBundle(prefix: Fixtures.prefix("partitioned"))
        let all = (0..<40).map(Float.init)
        #expect(try bundle.tensor(named: "wide/w").array(Float.self) == all)
        #expect(try bundle.tensor(named: "wide/w", shapeAndSlice: "").array(Float.self) == all)
        let rows = try bundle.tensor(named: "wide/w", shapeAndSlice: "10 4 3,4:-")
        #expect(rows.shape == [4, 4])
        #expect(rows.array(Float.self) == Array(all[12..<28]))
        let box = try bundle.tensor(named: "tall/k", shapeAndSlice: "4 6 1,2:2,3")
        #expect(box.shape == [2, 3])
        #expect(box.array(Float.self) == [8, 9, 10, 14, 15, 16])
        let stored = try bundle.tensor(named: "tall/k", shapeAndSlice: "4 6 -:0,3")
        #expect(!stored.buffer.isWritable, "a slice as it is stored is not copied")
        #expect(stored.array(Float.self) == [0, 1, 2, 6, 7, 8, 12, 13, 14, 18, 19, 20])
        let two = try TensorBundle(prefix: Fixtures.prefix("two_shards"))
        #expect(try two.tensor(named: "a", shapeAndSlice: "8 2,3").array(Float.self) == [2, 3, 4])
    }

    @Test(arguments: [
        "10 4", "4 10 -:-", "10 4 -", "10 4 8,3:-", "x 4 -:-", "10 4 1:-", "10 4 -1,2:-", "-10 4 -:-",
        "10 4 9223372036854775807,2:-", " ", "10 4 0,0:-",
    ])
    func badSlicesAreRefused(_ text: String) throws {
        let bundle = try TensorBundle(prefix: Fixtures.prefix("partitioned"))
        let status = failure { () throws(Status) in _ = try bundle.tensor(named: "wide/w", shapeAndSlice: text) }
        #expect(status?.code == .invalidArgument)
    }

    // MARK: - Damage

    @Test func missingAndShortShardsAreToldApartFromCorruptOnes() throws {
        let scratch = Scratch(copying: "two_shards")
        let prefix = scratch.path + "/variables/variables"
        let shard = "variables/variables.data-00001-of-00002"
        let bytes = Fixtures.read(scratch.path + "/" + shard)
        scratch.write(shard, Array(bytes.dropLast()))
        #expect(
            failure { () throws(Status) in _ = try TensorBundle(prefix: prefix).tensor(named: "b") }?.code
                == .unavailable)
        #expect(try TensorBundle(prefix: prefix).tensor(named: "a").elementCount == 8)
        scratch.write(shard, bytes.map { $0 ^ 1 })
        let status = failure { () throws(Status) in _ = try TensorBundle(prefix: prefix).tensor(named: "b") }
        #expect(status?.code == .dataLoss)
        #expect(status?.message.contains("Checksum does not match") == true)
        let prepared = try TensorBundle(prefix: prefix) { 2 }
        prepared.prepare(["a", "b"], leastBytes: 0)
        #expect(failure { () throws(Status) in _ = try prepared.tensor(named: "b") } == status)
    }

    @Test(arguments: ["every_type", "partitioned", "keras3_dense"])
    func aTruncatedIndexIsUnavailableOrRefused(_ model: String) throws {
        let scratch = Scratch(copying: model)
        let bytes = Fixtures.read(Fixtures.prefix(model) + ".index")
        for length in 0..<bytes.count {
            scratch.write("variables/variables.index", Array(bytes.prefix(length)))
            let status = failure { () throws(Status) in
                _ = try TensorBundle(prefix: scratch.path + "/variables/variables")
            }
            #expect(status?.code == .unavailable, "\(length) of \(bytes.count) bytes")
        }
    }

    /// One flipped bit anywhere must be noticed, except in the padding of the footer.
    @Test(arguments: ["every_type", "partitioned"])
    func flippedBitsInTheIndexAreFound(_ model: String) throws {
        let scratch = Scratch(copying: model)
        let bytes = Fixtures.read(Fixtures.prefix(model) + ".index")
        for position in 0..<(bytes.count - SortedTable.footerLength) {
            var damaged = bytes
            damaged[position] ^= 1 << UInt8(position % 8)
            scratch.write("variables/variables.index", damaged)
            let status = failure { () throws(Status) in
                _ = try TensorBundle(prefix: scratch.path + "/variables/variables")
            }
            // The meta-index block in front of the index block is not read.
            if let status { #expect(status.code == .dataLoss) }
        }
    }

    /// Damage with checksums made right again: what a malicious file would look like. Nothing may crash.
    @Test func damagedBlocksWithRightChecksumsDoNotCrash() throws {
        let scratch = Scratch(copying: "every_type")
        let bytes = Fixtures.read(Fixtures.prefix("every_type") + ".index")
        let data = Fixtures.read(Fixtures.prefix("every_type") + ".data-00000-of-00001")
        var random = Seeded(state: 11)
        let blocks = Blocks(bytes)
        for _ in 0..<3000 {
            var damaged = bytes
            let block = blocks.all.randomElement(using: &random)!
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                damaged[Int.random(in: block, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            blocks.seal(&damaged)
            scratch.write("variables/variables.index", damaged)
            scratch.write("variables/variables.data-00000-of-00001", data)
            readEverything(scratch.path + "/variables/variables")
        }
    }

    @Test func damagedDataNeverPassesForGood() throws {
        let scratch = Scratch(copying: "every_type")
        let name = "variables/variables.data-00000-of-00001"
        let data = Fixtures.read(Fixtures.path("every_type") + "/" + name)
        for position in data.indices {
            var damaged = data
            damaged[position] ^= 1 << UInt8(position % 8)
            scratch.write(name, damaged)
            let bundle = try TensorBundle(prefix: scratch.path + "/variables/variables")
            var failures = 0
            for name in bundle.names where failure({ () throws(Status) in _ = try bundle.tensor(named: name) }) != nil {
                failures += 1
            }
            #expect(failures == 1)
        }
    }

    private func readEverything(_ prefix: String) {
        guard let bundle = try? TensorBundle(prefix: prefix) else { return }
        for name in bundle.names { _ = try? bundle.tensor(named: name) }
    }
}

/// The blocks of a table with one data block, found through its footer, for tests that damage them.
private struct Blocks {
    /// Each block with its compression byte, without its checksum.
    var all: [Range<Int>] = []

    init(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { bytes in
            var footer = ByteCursor(UnsafeRawBufferPointer(rebasing: bytes.suffix(SortedTable.footerLength)))
            let metaStart = footer.count()!
            let metaCount = footer.count()!
            let indexStart = footer.count()!
            let indexCount = footer.count()!
            all = [0..<metaStart - 4, metaStart..<metaStart + metaCount + 1, indexStart..<indexStart + indexCount + 1]
        }
    }

    /// Makes the checksums of all blocks right again.
    func seal(_ bytes: inout [UInt8]) {
        for block in all {
            let checksum = bytes[block].withUnsafeBytes { CRC32C.mask(CRC32C.checksum($0)) }
            withUnsafeBytes(of: checksum.littleEndian) {
                for (index, byte) in $0.enumerated() { bytes[block.upperBound + index] = byte }
            }
        }
    }
}
