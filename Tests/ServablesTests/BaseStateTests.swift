import ServingCore
import Testing

@testable import Servables

private let start = Instant(nanoseconds: 1_000)
private let model = MonitoredServable(name: "m", basePath: "/m")

private func look(
    _ fileSystem: FakeFileSystem, _ servable: MonitoredServable = model
) -> LookResult {
    BaseLook.take(LookOrder(ticket: 1, key: 1, servable: servable), in: fileSystem, reports: nil)
}

private func look(_ directories: [String], files: [String] = []) -> LookResult {
    look(FakeFileSystem(directories: ["/m"] + directories, files: files))
}

@Test func newestFoundVersionIsAspired() throws {
    var state = BaseState(model)
    let verdict = state.judge(look(["/m/1", "/m/002"]), at: start)
    #expect(verdict.aspired?.map(\.version) == [2] && verdict.aspired?.map(\.path) == ["/m/002"])
    #expect(verdict.aspired?.first?.fingerprint != nil)
    #expect(verdict.warnings.isEmpty && verdict.trouble == nil)
    #expect(try verdict.answer.get() == [2, 1])
}

@Test func whatHasBeenPublishedIsNotPublishedAgainUntilItsContentChanges() {
    var state = BaseState(model)
    let fileSystem = FakeFileSystem(directories: ["/m", "/m/1"], files: ["/m/1/saved_model.pb"])
    let first = state.judge(look(fileSystem), at: start).aspired
    #expect(first != nil)
    #expect(state.judge(look(fileSystem), at: start).aspired == nil)
    fileSystem.change { $0.write("/m/1/saved_model.pb") }
    let second = state.judge(look(fileSystem), at: start).aspired
    #expect(second?.first?.path == "/m/1" && second?.first?.fingerprint != first?.first?.fingerprint)
}

@Test func missingBaseChangesNothingAndIsReportedInTheReferencesWords() {
    var state = BaseState(model)
    _ = state.judge(look(["/m/1"]), at: start)
    let status = Status.notFound("/m not found")
    let verdict = state.judge(.failed(status), at: start)
    #expect(verdict.aspired == nil && verdict.trouble == .began(status) && verdict.answer == .failure(status))
    #expect(
        verdict.warnings == [
            "FileSystemStoragePathSource encountered a filesystem access error: Could not find base path /m for "
                + "servable m with error NOT_FOUND: /m not found"
        ])
    #expect(state.judge(.failed(status), at: start).trouble == nil)
    let healed = state.judge(look(["/m/1"]), at: start)
    #expect(healed.trouble == .healed && healed.warnings.isEmpty)
}

@Test func emptyBaseUnloadsEverythingAndSaysWhatIsWrong() {
    var state = BaseState(model)
    let plain = "No versions of servable m found under base path /m. Did you forget to name your leaf directory as a "
    let verdict = state.judge(look([]), at: start)
    #expect(verdict == .init(aspired: [], warnings: [plain + "number (eg. '/1/')?"], answer: .success([])))
    let stray = state.judge(look([], files: ["/m/saved_model.pb"]), at: start)
    #expect(
        stray.warnings == [
            plain + "number (eg. '/1/')? Looked in /m: saw saved_model.pb but no numbered folder; move it to /m/1/."
        ])
    let file = state.judge(look([], files: ["/m/5"]), at: start)
    #expect(file.warnings.first?.contains("'5' is a file") == true)
}

@Test func emptyDirectoryThatSomethingWasMountedOnUnloadsNothing() {
    var state = BaseState(model)
    let fileSystem = FakeFileSystem(directories: ["/m", "/m/1"])
    fileSystem.change { $0.places["/m"] = StoragePlace(device: 7, mount: 70) }
    #expect(state.judge(look(fileSystem), at: start).aspired?.count == 1)
    // A bind mount has the device of what lies below it.
    fileSystem.change { tree in
        tree.remove("/m/1")
        tree.places["/m"] = StoragePlace(device: 7, mount: 30)
    }
    let gone = state.judge(look(fileSystem), at: start)
    #expect(gone.aspired == nil && state.trouble?.message.contains("may have been unmounted") == true)
    #expect(state.judge(look(fileSystem), at: start).aspired == nil)
    // The same path with versions on yet another file system is fine, and so is its emptiness from then on.
    fileSystem.change { $0.add(directory: "/m/1") }
    #expect(state.judge(look(fileSystem), at: start).trouble == .healed)
    fileSystem.change { $0.remove("/m/1") }
    #expect(state.judge(look(fileSystem), at: start).aspired == [])
}

@Test func linkThatLeadsNowhereLosesNoVersionThatItHadGiven() {
    var state = BaseState(model)
    let fileSystem = FakeFileSystem(directories: ["/m", "/store", "/store/a"])
    fileSystem.change { tree in
        tree.links["/m/1"] = "/store/a"
        tree.links["/m/2"] = "/store/none"
    }
    #expect(state.judge(look(fileSystem), at: start).aspired?.map(\.version) == [1])
    fileSystem.change { $0.remove("/store/a") }
    let gone = state.judge(look(fileSystem), at: start)
    #expect(gone.aspired == [AspiredVersion(version: 1, path: "/m/1")] && gone.trouble != nil)
    fileSystem.change { $0.remove("/m/1") }
    let removed = state.judge(look(fileSystem), at: start)
    #expect(removed.aspired == [] && removed.trouble == .healed)
}

@Test func storageThatHangsIsTroubleUntilItAnswers() {
    var state = BaseState(model)
    let result = look(["/m/1"])
    _ = state.judge(result, at: start)
    let status = Status.unavailable("/m has not answered for 5 s")
    #expect(state.isHanging(seconds: 5).trouble == .began(status))
    let healed = state.judge(result, at: start)
    #expect(healed.trouble == .healed && healed.aspired == nil)
}

@Test func lastingComplaintIsLoggedEverMoreRarely() {
    var state = BaseState(model)
    let result = look([])
    var logged: [Int] = []
    for second in 0..<8_000 {
        let now = start.advanced(byNanoseconds: UInt64(second) * 1_000_000_000)
        if !state.judge(result, at: now).warnings.isEmpty { logged.append(second) }
    }
    #expect(logged == [0, 60, 180, 420, 900, 1860, 3780, 7380])
}

@Test func complaintThatComesBackIsLoggedAtOnce() {
    var state = BaseState(model)
    #expect(state.judge(look([]), at: start).warnings.count == 1)
    #expect(state.judge(look(["/m/1"]), at: start).warnings.isEmpty)
    #expect(state.judge(look([]), at: start).warnings.count == 1)
}

@Test func missingSpecificVersionsOnlyWarn() {
    let specific = MonitoredServable(name: "m", basePath: "/m", policy: .specific([1, 8]))
    var state = BaseState(specific)
    let verdict = state.judge(look(FakeFileSystem(directories: ["/m", "/m/1", "/m/2"]), specific), at: start)
    #expect(verdict.aspired?.map(\.version) == [1])
    #expect(verdict.warnings.count == 1 && verdict.warnings[0].contains("Version 8 of servable m"))
}

@Test func emptyBaseIsListedTwiceBeforeVersionsAreGivenUp() {
    let fileSystem = FakeFileSystem(directories: ["/m"])
    _ = look(fileSystem)
    #expect(fileSystem.tree.withLock { $0.listings } == 2)
}
