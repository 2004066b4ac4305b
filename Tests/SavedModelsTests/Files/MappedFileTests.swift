import Glibc
import Records
import ServingCore
import Synchronization
import TestSupport
import Testing
import Threading

@testable import SavedModels

@Suite struct MappedFileTests {
    private let scratch = TemporaryDirectory()

    private func write(_ name: String, count: Int, seed: UInt8 = 1) -> String {
        scratch.write(name, MappedFileTests.content(count, seed))
        return scratch.path + "/" + name
    }

    /// 64-bit numbers that tell their place, and further bytes.
    private static func content(_ count: Int, _ seed: UInt8) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { bytes, filled in
            let words = UnsafeMutableRawBufferPointer(bytes).bindMemory(to: UInt64.self)
            for index in words.indices { words[index] = UInt64(index) &* 0x9e37_79b9 &+ UInt64(seed) << 56 }
            for index in words.count * 8..<count { bytes[index] = seed }
            filled = count
        }
    }

    private func holds(_ file: MappedFile, _ seed: UInt8 = 1) -> Bool {
        let expected = MappedFileTests.content(file.bytes.count, seed)
        return file.bytes.isEmpty || memcmp(file.bytes.baseAddress!, expected, expected.count) == 0
    }

    /// Sizes around pages, steps, and the least size that is mapped.
    @Test(arguments: [0, 1, 4095, 4096, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, (5 << 20) + 4097])
    func allBytesAreThere(_ count: Int) throws {
        let path = write("data", count: count)
        for residence in [MappedFile.Residence.automatic, .copied] {
            let file = try MappedFile(path: path, residence: residence)
            #expect(file.bytes.count == count && holds(file))
            #expect(residence == .automatic || !file.isMapped)
        }
    }

    @Test func smallFilesAreCopied() throws {
        #expect(try !MappedFile(path: write("data", count: MappedFile.smallestMapped - 1)).isMapped)
    }

    @Test(arguments: ["truncated", "rewritten", "shortened"])
    func bytesStayWhenTheFileIsChangedInPlace(_ change: String) throws {
        let count = (5 << 20) + 1234
        let path = write("data", count: count)
        let file = try MappedFile(path: path)
        switch change {
        case "truncated": #expect(truncate(path, 0) == 0)
        case "shortened": #expect(truncate(path, count / 2) == 0)
        default: scratch.write("data", MappedFileTests.content(count, 3))
        }
        #expect(holds(file))
        // Whoever changes the file goes on only when the lease has been given back, after which the watch forgets it.
        #expect(!file.isMapped)
        let changed = try MappedFile(path: path)
        #expect(changed.bytes.count == (change == "rewritten" ? count : change == "truncated" ? 0 : count / 2))
        #expect(change != "rewritten" || holds(changed, 3))
    }

    @Test func bytesStayWhenTheFileIsReplacedOrDeleted() throws {
        let path = write("data", count: 3 << 20)
        let file = try MappedFile(path: path)
        let wasMapped = file.isMapped
        #expect(rename(write("other", count: 3 << 20, seed: 3), path) == 0)
        #expect(holds(file) && file.isMapped == wasMapped)
        unlink(path)
        #expect(holds(file) && file.isMapped == wasMapped)
    }

    @Test func aFileThatIsOpenForWritingIsCopied() throws {
        let path = write("data", count: 3 << 20)
        let writer = open(path, O_RDWR)
        let file = try MappedFile(path: path)
        #expect(!file.isMapped)
        #expect(pwrite(writer, [255, 255, 255], 3, 5) == 3)
        ftruncate(writer, 10)
        close(writer)
        #expect(holds(file))
    }

    @Test func manyLeasesOfOneFileAreAllHonoured() throws {
        let path = write("data", count: 2 << 20)
        let files = try (0..<20).map { _ in try MappedFile(path: path) }
        truncate(path, 1)
        for file in files { #expect(holds(file) && !file.isMapped) }
    }

    /// Readers, writers, and owners that let files go, all at once: no reader ever sees a changed byte.
    @Test func changesRaceWithReadersAndReleases() throws {
        let count = 5 << 20
        let paths = (0..<3).map { write("data\($0)", count: count) }
        let isOver = Flag()
        let wrong = Flag()
        let writer = Thread(name: "writer") {
            var round: UInt8 = 1
            while !isOver.isSet {
                for path in paths {
                    let file = open(path, O_RDWR)
                    // The byte is wrong for some time only, so that files opened later can be judged as well.
                    let offset = Int(round) * 7919 % count
                    var byte: UInt8 = 0
                    _ = pread(file, &byte, 1, offset)
                    var other = ~byte
                    _ = pwrite(file, &other, 1, offset)
                    _ = pwrite(file, &byte, 1, offset)
                    close(file)
                }
                round &+= 1
            }
        }
        let readers = paths.map { path in
            Thread(name: "reader") {
                for _ in 0..<15 {
                    guard let file = try? MappedFile(path: path) else { continue }
                    let first = CRC32C.checksum(file.bytes)
                    for _ in 0..<5 where CRC32C.checksum(file.bytes) != first { wrong.set() }
                    // Memory that is given back meanwhile comes again as it was.
                    for _ in 0..<5 {
                        file.giveBack(file.bytes)
                        if CRC32C.checksum(file.bytes) != first { wrong.set() }
                    }
                }
            }
        }
        for reader in readers { reader.join() }
        isOver.set()
        writer.join()
        #expect(!wrong.isSet)
    }

    private final class Flag: Sendable {
        private let value = Atomic<Bool>(false)
        var isSet: Bool { value.load(ordering: .relaxed) }
        func set() { value.store(true, ordering: .relaxed) }
    }

    private func residentPages(_ bytes: UnsafeRawBufferPointer) -> Int {
        let page = sysconf(Int32(_SC_PAGESIZE))
        // Of the page tables of this process: the page cache is another matter.
        let file = open("/proc/self/pagemap", O_RDONLY)
        defer { close(file) }
        let first = Int(bitPattern: bytes.baseAddress!) / page
        return (first..<first + bytes.count / page).count { number in
            var entry: UInt64 = 0
            return pread(file, &entry, 8, number * 8) == 8 && entry >> 63 == 1
        }
    }

    @Test func partsComeAndGo() throws {
        let file = try MappedFile(path: write("data", count: 3 << 20), isReadInParts: true)
        try #require(file.isMapped)
        #expect(residentPages(file.bytes) == 0)
        var seen: [UInt8] = []
        try file.inspect(UnsafeRawBufferPointer(rebasing: file.bytes[5..<(2 << 20) + 7])) { seen += Array($0) }
        #expect(seen == Array(MappedFileTests.content(3 << 20, 1)[5..<(2 << 20) + 7]))
        // Of what was inspected; the system may map any pages around it, as far as a large page goes.
        #expect(residentPages(UnsafeRawBufferPointer(rebasing: file.bytes[..<(2 << 20)])) == 0)
        #expect(file.bringBack(file.bytes))
        #expect(residentPages(file.bytes) == file.bytes.count / sysconf(Int32(_SC_PAGESIZE)))
        file.giveBack(UnsafeRawBufferPointer(rebasing: file.bytes[..<4097]))
        // A large page goes as a whole.
        #expect(residentPages(file.bytes) <= file.bytes.count / sysconf(Int32(_SC_PAGESIZE)) - 2)
        #expect(holds(file))
    }

    @Test func copiedBytesAreNotGivenBack() throws {
        let path = write("data", count: 3 << 20)
        for file in [
            try MappedFile(path: path, residence: .copied, isReadInParts: true),
            try MappedFile(path: path, isReadInParts: true),
        ] {
            // Whoever has a lease has a copy now.
            truncate(path, 1)
            #expect(!file.isMapped)
            file.giveBack(file.bytes)
            #expect(file.bringBack(file.bytes) && holds(file))
        }
    }

    @Test func stepsCoverEverythingOnce() {
        for count in [0, 1, 1 << 20, (5 << 20) + 3] {
            var next = 0
            MappedFile.inSteps(count, WorkPace()) { position, size in
                #expect(position == next && size > 0 && size <= 1 << 20)
                next = position + size
            }
            #expect(next == count)
        }
    }

    @Test func largerFilesThanAllowedAreRefused() throws {
        let path = write("data", count: 100)
        let refused = try #require(failure { () throws(Status) in _ = try MappedFile(path: path, limit: 99) })
        #expect(refused.code == .resourceExhausted)
        #expect(refused.message == "\(path) has 100 bytes; at most 99 are read")
    }
}
