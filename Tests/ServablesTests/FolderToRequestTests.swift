import ServingCore
import TestSupport
import Testing
import Threading

@testable import Servables

/// Reads one number from the file `value`; a missing file means that it is still on its way.
private struct NumberLoader: Loader {
    let path: String

    func load() throws(Status) -> any Servable {
        let size = try LocalFileSystem().facts(of: "\(path)/value").size
        guard size < 100 else { throw .dataLoss("too long") }
        return FakeServable(size)
    }

    func failureKind(of failure: Status) -> LoadFailureKind { failure.code == .notFound ? .incomplete : .permanent }

    func fingerprint() -> UInt64? { LocalFileSystem().fingerprint(of: path) }
}

/// The number that the model answers with, once it is `wanted`; what it answered last if a minute passes.
private func answer(_ reader: ServingMapReader, wanted: Int64) -> Int64? {
    let end = SystemClock().nanoseconds() + 60_000_000_000
    var last: Int64?
    while SystemClock().nanoseconds() < end {
        last = ((try? reader.handle(for: "m"))?.servable as? FakeServable)?.number
        if last == wanted { return last }
    }
    return last
}

@Test func requestsFollowTheFolders() {
    let directory = TemporaryDirectory()
    directory.makeDirectory("1")
    directory.write("1/value", "a")
    let manager = ServableManager { _, path in NumberLoader(path: path) }
    let source = FileSystemSource(
        pollWaitSeconds: 1, publish: { manager.setAspired($0, $1) })
    source.update([MonitoredServable(name: "m", basePath: directory.path)])
    source.start()
    #expect(manager.waitUntilSettled(["m"])["m"]?.state == .available)
    let reader = manager.makeReader()
    #expect(answer(reader, wanted: 1) == 1)
    // A version without its file is not served, and is served as soon as the file is there.
    directory.makeDirectory("2")
    let rounds = source.completedPolls
    while source.completedPolls < rounds + 2 { #expect(answer(reader, wanted: 1) == 1) }
    directory.write("2/value", "bb")
    #expect(answer(reader, wanted: 2) == 2)
    // Without its folder it gives way to the previous one.
    directory.remove("2")
    #expect(answer(reader, wanted: 1) == 1)
    source.stop()
    manager.stop()
}
