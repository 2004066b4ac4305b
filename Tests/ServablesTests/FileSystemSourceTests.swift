import Glibc
import ServingCore
import TestSupport
import Testing
import Threading

@testable import Servables

private let second: UInt64 = 1_000_000_000

/// Collects what a source publishes.
private final class Published: Sendable {
    struct State {
        var latest: [String: [AspiredVersion]] = [:]
        var count = 0
        var troubles: [String: Status] = [:]
        var empty: [String] = []
    }

    let state = ConditionLock(State())

    func source(
        _ pollWaitSeconds: Int64, _ fileSystem: any FileSystem = LocalFileSystem(), isWatching: Bool = true
    ) -> FileSystemSource {
        FileSystemSource(
            pollWaitSeconds: pollWaitSeconds, fileSystem: fileSystem, isWatching: isWatching,
            publish: { [self] name, versions in
                state.withLockNotifyingAll { state in
                    state.latest[name] = versions
                    state.count += 1
                    if versions.isEmpty { state.empty.append(name) }
                }
            },
            trouble: { [self] name, status in state.withLockNotifyingAll { $0.troubles[name] = status } })
    }

    /// Waits until the condition holds; false after a minute.
    func wait(_ condition: (State) -> Bool) -> Bool {
        let deadline = SystemClock().nanoseconds() + 60 * second
        return state.wait(untilNanoseconds: deadline) { condition($0) ? true : nil } ?? false
    }

    /// Waits until these versions are wanted of `name`.
    func wait(for name: String, _ versions: [Int64]) -> Bool { wait { $0.latest[name]?.map(\.version) == versions } }
}

extension FileSystemSource {
    /// What is found at a look at the models after an update with them.
    fileprivate func look(
        _ servables: [MonitoredServable], withinSeconds seconds: UInt64 = 60
    ) -> [String: Result<[Int64], Status>] {
        let number = update(servables)
        let deadline = SystemClock().nanoseconds() + seconds * second
        return waitForLooks(at: servables.map(\.name), after: number, untilNanoseconds: deadline)
    }
}

@Test(arguments: [true, false]) func changesAreNoticedWithinThePeriod(isWatching: Bool) {
    let directory = TemporaryDirectory()
    directory.makeDirectory("1")
    let published = Published()
    let source = published.source(1, isWatching: isWatching)
    source.update([MonitoredServable(name: "m", basePath: directory.path)])
    source.start()
    #expect(published.wait(for: "m", [1]))
    directory.makeDirectory("002")
    #expect(published.wait(for: "m", [2]))
    directory.remove("002")
    #expect(published.wait(for: "m", [1]))
    source.stop()
}

@Test func watchedChangesAreNoticedLongBeforeThePeriod() {
    let directory = TemporaryDirectory()
    directory.makeDirectory("1")
    directory.makeDirectory("1/variables")
    let published = Published()
    let source = published.source(3600)
    source.update([MonitoredServable(name: "m", basePath: directory.path)])
    source.start()
    #expect(published.wait(for: "m", [1]))
    func expectNews(_ change: () -> Void) {
        let before = published.state.withLock { $0.latest["m"]?.first?.fingerprint }
        change()
        #expect(published.wait { $0.latest["m"]?.first?.fingerprint != before })
    }
    expectNews { directory.write("1/saved_model.pb", "a") }
    expectNews { directory.write("1/saved_model.pb", "b") }
    expectNews { directory.write("1/variables/data", "a") }
    expectNews { directory.makeDirectory("1/assets") }
    expectNews { directory.write("1/assets/words", "a") }
    expectNews { directory.remove("1/assets") }
    expectNews { rename("\(directory.path)/1/saved_model.pb", "\(directory.path)/1/saved_model.pbtxt") }
    directory.makeDirectory("2.incoming")
    rename("\(directory.path)/2.incoming", "\(directory.path)/2")
    #expect(published.wait(for: "m", [2]))
    #expect(source.watcher?.count == 2)
    directory.remove("2")
    #expect(published.wait(for: "m", [1]))
    source.update([])
    #expect(published.wait(for: "m", []))
    source.stop()
    #expect(source.watcher?.count == 0)
}

@Test func basePathThatIsAnotherDirectoryNowIsNoticed() {
    let directory = TemporaryDirectory()
    for path in ["a", "a/1", "b", "b/2"] { directory.makeDirectory(path) }
    let base = "\(directory.path)/base"
    symlink("a", base)
    let published = Published()
    let source = published.source(1)
    source.update([MonitoredServable(name: "m", basePath: base)])
    source.start()
    #expect(published.wait(for: "m", [1]))
    symlink("b", "\(base).new")
    rename("\(base).new", base)
    #expect(published.wait(for: "m", [2]))
    unlink(base)
    #expect(published.wait { $0.troubles["m"]?.code == .notFound })
    symlink("a", base)
    #expect(published.wait(for: "m", [1]) && published.wait { $0.troubles["m"] == nil })
    #expect(published.state.withLock { $0.empty } == [])
    source.stop()
}

@Test func filesBehindLinksArePolled() {
    let directory = TemporaryDirectory()
    for path in ["base", "base/1", "store"] { directory.makeDirectory(path) }
    directory.write("store/blob", "a")
    symlink("../../store/blob", "\(directory.path)/base/1/saved_model.pb")
    let published = Published()
    let source = published.source(1)
    source.update([MonitoredServable(name: "m", basePath: "\(directory.path)/base")])
    source.start()
    #expect(published.wait(for: "m", [1]))
    let before = published.state.withLock { $0.latest["m"]?.first?.fingerprint }
    directory.write("store/blob", "other")
    #expect(published.wait { $0.latest["m"]?.first?.fingerprint != before })
    source.stop()
}

@Test func zeroLooksOnceAndOnceMoreAtEachUpdate() throws {
    let directory = TemporaryDirectory()
    directory.makeDirectory("1")
    let published = Published()
    let source = published.source(0)
    let model = MonitoredServable(name: "m", basePath: directory.path)
    source.start()
    #expect(try source.look([model])["m"]?.get() == [1])
    directory.makeDirectory("2")
    usleep(200_000)
    #expect(published.wait(for: "m", [1]))
    #expect(try source.look([model])["m"]?.get() == [2, 1])
    #expect(published.wait(for: "m", [2]))
    let other = MonitoredServable(name: "n", basePath: directory.path)
    #expect(try source.look([other])["n"]?.get() == [2, 1])
    #expect(published.wait(for: "m", []))
    source.stop()
}

@Test func negativeWaitLooksOnlyAtUpdatesAfterTheStart() throws {
    let fileSystem = FakeFileSystem(directories: ["/m", "/m/1"])
    let source = Published().source(-1, fileSystem)
    source.update([MonitoredServable(name: "m", basePath: "/m")])
    source.start()
    while source.completedPolls == 0 { usleep(1000) }
    #expect(fileSystem.tree.withLock { $0.questions } == 0)
    #expect(try source.look([MonitoredServable(name: "m", basePath: "/m")])["m"]?.get() == [1])
    source.stop()
}

@Test func badPathDoesNotAffectOtherModelsAndLosesNothing() throws {
    let fileSystem = FakeFileSystem(directories: ["/a", "/a/1", "/b", "/b/1"])
    let published = Published()
    let source = published.source(0, fileSystem)
    let models = ["a", "b", "c"].map { MonitoredServable(name: $0, basePath: "/\($0)") }
    source.start()
    #expect(try source.look(models)["b"]?.get() == [1])
    let failure = Status(.permissionDenied, "/a; Permission denied")
    fileSystem.change { tree in
        tree.failures["/a"] = failure
        tree.add(directory: "/b/2")
    }
    let found = source.look(models)
    #expect(found["a"] == .failure(failure) && found["c"] == .failure(.notFound("/c not found")))
    #expect(published.wait(for: "b", [2]) && published.wait(for: "a", [1]))
    #expect(published.state.withLock { $0.latest["c"] } == nil)
    #expect(published.wait { $0.troubles == ["a": failure, "c": .notFound("/c not found")] })
    source.stop()
}

@Test func storageThatHangsHoldsUpNobodyElse() throws {
    let names = (0..<40).map { "m\($0)" }
    let fileSystem = FakeFileSystem(directories: names.flatMap { ["/\($0)", "/\($0)/1"] })
    let dead = Array(names[..<20])
    fileSystem.change { $0.hanging = Set(dead.map { "/\($0)" }) }
    let published = Published()
    let source = published.source(1, fileSystem)
    let models = names.map { MonitoredServable(name: $0, basePath: "/\($0)") }
    source.start()
    let found = source.look(models, withinSeconds: 7)
    #expect(Set(found.keys) == Set(names[20...]))
    #expect(published.wait { Set($0.troubles.keys) == Set(dead) })
    #expect(published.state.withLock { $0.troubles["m3"]?.message.contains("has not answered for ") } == true)
    let hasCompletedRound = (0..<2000).contains { _ in
        usleep(10_000)
        return source.completedPolls > 0
    }
    #expect(hasCompletedRound, "looks that hang are not waited for")
    fileSystem.change { $0.add(directory: "/m30/2") }
    #expect(published.wait(for: "m30", [2]))
    fileSystem.change { $0.hanging = [] }
    #expect(published.wait { $0.troubles.isEmpty } && published.wait(for: "m3", [1]))
    source.stop()
    #expect(source.control.withLock { $0.workers.count } == 0)
}

@Test func firstLooksAtFiveHundredModelsDoNotWaitForThePeriod() {
    let directory = TemporaryDirectory()
    var models: [MonitoredServable] = []
    for index in 0..<500 {
        directory.makeDirectory("m\(index)")
        for path in ["1", "1/variables"] { directory.makeDirectory("m\(index)/\(path)") }
        directory.write("m\(index)/1/saved_model.pb", "x")
        models.append(MonitoredServable(name: "m\(index)", basePath: "\(directory.path)/m\(index)"))
    }
    let published = Published()
    let source = published.source(3600)
    source.start()
    #expect(source.look(models).count == 500)
    source.stop()
}

@Test func watchesThatRunOutLeaveTheRestToPolling() {
    var reports = 0
    let limited = FakeReports(limit: 3)
    let fileSystem = FakeFileSystem(directories: ["/a", "/a/1", "/b", "/b/1", "/c"])
    for (key, name) in ["a", "b", "c"].enumerated() {
        let order = LookOrder(
            ticket: 1, key: key, servable: MonitoredServable(name: name, basePath: "/\(name)"), isToWatch: true)
        guard case .found(let look) = BaseLook.take(order, in: fileSystem, reports: limited) else { continue }
        if look.isWatched { reports += 1 }
    }
    #expect(reports == 2 && limited.keys(of: "/b").isEmpty && limited.keys(of: "/a/1") == [0])
}

@Test func localFileSystemTellsDirectoriesLinksAndErrors() throws {
    let directory = TemporaryDirectory()
    let fileSystem = LocalFileSystem()
    directory.makeDirectory("1")
    directory.write("5", "text")
    symlink("\(directory.path)/1", "\(directory.path)/2")
    symlink("\(directory.path)/none", "\(directory.path)/3")
    let entries = try fileSystem.entries(of: directory.path)
    #expect(entries.map(\.name).sorted() == ["1", "2", "3", "5"])
    #expect(Set(entries.filter(\.isLink).map(\.name)) == ["2", "3"])
    #expect(try fileSystem.facts(of: "\(directory.path)/5").size == 4)
    let found = try VersionDirectories(under: directory.path, in: fileSystem)
    #expect(found.names == [1: "1", 2: "2"])
    #expect(found.numberedFiles == ["5"] && found.dangling == [3: "3"])
    #expect(fileSystem.isLocal(directory.path) && !fileSystem.isLocal("/proc"))
    let facts = try fileSystem.facts(of: directory.path)
    #expect(facts.place != (try fileSystem.facts(of: "/proc")).place && facts.inode != 0 && facts.changed > 0)
    #expect(throws: Status.notFound("/nowhere/at/all not found")) { try fileSystem.entries(of: "/nowhere/at/all") }
    #expect(throws: Status.self) { try fileSystem.entries(of: "\(directory.path)/5") }
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
