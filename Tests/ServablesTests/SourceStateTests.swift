import ServingCore
import Testing

@testable import Servables

private let start = Instant(nanoseconds: 1_000)
private let model = MonitoredServable(name: "m", basePath: "/m")

private func listing(_ directories: [String], files: [String] = []) -> Result<VersionDirectories, Status> {
    do throws(Status) {
        let fileSystem = FakeFileSystem(directories: ["/m"] + directories, files: files)
        return .success(try VersionDirectories(under: "/m", in: fileSystem))
    } catch {
        return .failure(error)
    }
}

@Test func newestFoundVersionIsAspired() {
    var state = SourceState()
    let outcome = state.observe(model, listing(["/m/1", "/m/002"]), at: start)
    #expect(outcome == .init(aspired: [AspiredVersion(version: 2, path: "/m/002")]))
}

@Test func missingBaseChangesNothingAndIsReportedInTheReferencesWords() {
    var state = SourceState()
    let outcome = state.observe(model, .failure(.notFound("/m not found")), at: start)
    #expect(outcome.aspired == nil)
    #expect(
        outcome.warnings == [
            "FileSystemStoragePathSource encountered a filesystem access error: Could not find base path /m for "
                + "servable m with error NOT_FOUND: /m not found"
        ])
}

@Test func emptyBaseUnloadsEverythingAndSaysWhatIsWrong() {
    var state = SourceState()
    let plain = "No versions of servable m found under base path /m. Did you forget to name your leaf directory as a "
    let outcome = state.observe(model, listing([]), at: start)
    #expect(outcome == .init(aspired: [], warnings: [plain + "number (eg. '/1/')?"]))
    let stray = state.observe(model, listing([], files: ["/m/saved_model.pb"]), at: start)
    #expect(
        stray.warnings == [
            plain + "number (eg. '/1/')? Looked in /m: saw saved_model.pb but no numbered folder; move it to /m/1/."
        ])
    let file = state.observe(model, listing([], files: ["/m/5"]), at: start)
    #expect(file.warnings.first?.contains("'5' is a file") == true)
}

@Test func lastingComplaintIsLoggedEverMoreRarely() {
    var state = SourceState()
    var logged: [Int] = []
    for second in 0..<8_000 {
        let now = start.advanced(byNanoseconds: UInt64(second) * 1_000_000_000)
        if !state.observe(model, listing([]), at: now).warnings.isEmpty { logged.append(second) }
    }
    #expect(logged == [0, 60, 180, 420, 900, 1860, 3780, 7380])
}

@Test func complaintThatComesBackIsLoggedAtOnce() {
    var state = SourceState()
    #expect(state.observe(model, listing([]), at: start).warnings.count == 1)
    #expect(state.observe(model, listing(["/m/1"]), at: start).warnings.isEmpty)
    #expect(state.observe(model, listing([]), at: start).warnings.count == 1)
}

@Test func missingSpecificVersionsOnlyWarn() {
    var state = SourceState()
    let specific = MonitoredServable(name: "m", basePath: "/m", policy: .specific([1, 8]))
    let outcome = state.observe(specific, listing(["/m/1", "/m/2"]), at: start)
    #expect(outcome.aspired?.map(\.version) == [1])
    #expect(outcome.warnings.count == 1 && outcome.warnings[0].contains("Version 8 of servable m"))
}
