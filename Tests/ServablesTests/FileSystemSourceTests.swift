import Glibc
import ServingCore
import TestSupport
import Testing
import Threading

@testable import Servables

/// Collects what a source publishes.
private final class Published: Sendable {
    let state = ConditionLock((latest: [String: [AspiredVersion]](), count: 0, rounds: 0))

    func source(_ pollWaitSeconds: Int64, _ fileSystem: any FileSystem = LocalFileSystem()) -> FileSystemSource {
        FileSystemSource(
            pollWaitSeconds: pollWaitSeconds, fileSystem: fileSystem,
            publish: { [self] name, versions in
                state.withLockNotifyingAll { state in
                    state.latest[name] = versions
                    state.count += 1
                }
            },
            afterPoll: { [self] in state.withLockNotifyingAll { $0.rounds += 1 } })
    }

    /// The versions wanted of `name` after `rounds` rounds; nil if none was published.
    func versions(_ name: String, afterRounds rounds: Int) -> [Int64]? {
        let deadline = SystemClock().nanoseconds() + 10_000_000_000
        let latest = state.wait(untilNanoseconds: deadline) { $0.rounds >= rounds ? $0.latest : nil }
        return latest?[name]?.map(\.version)
    }
}

@Test func firstLookIsTakenAtOnceAndTheNextAfterThePeriod() {
    let directory = TemporaryDirectory()
    directory.makeDirectory("1")
    let published = Published()
    let source = published.source(1)
    source.update([MonitoredServable(name: "m", basePath: directory.path)])
    let begin = SystemClock().nanoseconds()
    source.start()
    #expect(published.versions("m", afterRounds: 1) == [1])
    #expect(SystemClock().nanoseconds() - begin < 900_000_000)
    directory.makeDirectory("002")
    #expect(published.versions("m", afterRounds: 2) == [2])
    directory.remove("002")
    #expect(published.versions("m", afterRounds: 3) == [1])
    source.stop()
}

@Test func zeroLooksOnceAndOnceMoreWhenTheModelsChange() {
    let directory = TemporaryDirectory()
    directory.makeDirectory("1")
    let published = Published()
    let source = published.source(0)
    source.update([MonitoredServable(name: "m", basePath: directory.path)])
    source.start()
    #expect(published.versions("m", afterRounds: 1) == [1])
    source.update([MonitoredServable(name: "n", basePath: directory.path)])
    #expect(published.versions("n", afterRounds: 2) == [1])
    #expect(published.versions("m", afterRounds: 2) == [])
    source.stop()
}

@Test func negativeWaitNeverLooks() {
    let fileSystem = FakeFileSystem(directories: ["/m", "/m/1"])
    let published = Published()
    let source = published.source(-1, fileSystem)
    source.update([MonitoredServable(name: "m", basePath: "/m")])
    source.start()
    #expect(published.versions("m", afterRounds: 1) == nil)
    #expect(fileSystem.tree.withLock { $0.listings } == 0)
    source.stop()
}

@Test func badPathDoesNotAffectOtherModelsAndLosesNothing() {
    let fileSystem = FakeFileSystem(directories: ["/a", "/a/1", "/b", "/b/1"])
    let published = Published()
    let source = published.source(0, fileSystem)
    let models = ["a", "b", "c"].map { MonitoredServable(name: $0, basePath: "/\($0)") }
    source.update(models)
    source.start()
    #expect(published.versions("b", afterRounds: 1) == [1])
    fileSystem.change { tree in
        tree.failures["/a"] = Status(.permissionDenied, "/a; Permission denied")
        tree.directories.insert("/b/2")
    }
    source.update(models)
    #expect(published.versions("b", afterRounds: 2) == [2])
    #expect(published.versions("a", afterRounds: 2) == [1])
    #expect(published.versions("c", afterRounds: 2) == nil)
    source.stop()
}

@Test func emptyBaseIsLookedAtTwiceBeforeVersionsAreGivenUp() {
    let fileSystem = FakeFileSystem(directories: ["/m"])
    let published = Published()
    let source = published.source(0, fileSystem)
    source.update([MonitoredServable(name: "m", basePath: "/m")])
    source.start()
    #expect(published.versions("m", afterRounds: 1) == [])
    #expect(fileSystem.tree.withLock { $0.listings } == 2)
    source.stop()
}

@Test func localFileSystemTellsDirectoriesLinksAndErrors() throws {
    let directory = TemporaryDirectory()
    let fileSystem = LocalFileSystem()
    directory.makeDirectory("1")
    directory.write("5", "text")
    symlink("\(directory.path)/1", "\(directory.path)/2")
    symlink("\(directory.path)/none", "\(directory.path)/3")
    #expect(try fileSystem.children(of: directory.path).sorted() == ["1", "2", "3", "5"])
    #expect(try fileSystem.facts(of: "\(directory.path)/5").size == 4)
    let found = try VersionDirectories(under: directory.path, in: fileSystem)
    #expect(found.names == [1: "1", 2: "2"])
    #expect(found.numberedFiles == ["5"])
    #expect(throws: Status.notFound("/nowhere/at/all not found")) { try fileSystem.children(of: "/nowhere/at/all") }
    #expect(throws: Status.self) { try fileSystem.children(of: "\(directory.path)/5") }
}

@Test func fingerprintFollowsNamesSizesAndTimes() {
    let directory = TemporaryDirectory()
    let fileSystem = LocalFileSystem()
    directory.makeDirectory("variables")
    directory.write("saved_model.pb", "abc")
    var seen: Set<UInt64?> = [fileSystem.fingerprint(of: directory.path)]
    #expect(seen.contains(fileSystem.fingerprint(of: directory.path)))
    directory.write("variables/data", "1")
    #expect(seen.insert(fileSystem.fingerprint(of: directory.path)).inserted)
    directory.write("variables/data", "12")
    #expect(seen.insert(fileSystem.fingerprint(of: directory.path)).inserted)
    var times = [timespec(tv_sec: 7, tv_nsec: 0), timespec(tv_sec: 7, tv_nsec: 0)]
    utimensat(AT_FDCWD, "\(directory.path)/saved_model.pb", &times, 0)
    #expect(seen.insert(fileSystem.fingerprint(of: directory.path)).inserted)
    symlink(directory.path, "\(directory.path)/loop")
    #expect(seen.insert(fileSystem.fingerprint(of: directory.path)).inserted)
    #expect(fileSystem.fingerprint(of: "/nowhere/at/all") == nil)
}
