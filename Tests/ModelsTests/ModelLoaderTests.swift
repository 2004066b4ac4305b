import Glibc
import Servables
import ServingCore
import Synchronization
import TestSupport
import Testing

@testable import Models

/// What a failed load says about the next attempt.
@Suite struct ModelLoaderTests {
    private let scratch = TemporaryDirectory()

    private func copy(_ source: String = "Examples/half_plus_two/1") -> String {
        scratch.copy(Repository.path(source), to: "1")
    }

    /// - Parameter later: nanoseconds between the last change of the files and the load.
    private func outcome(
        _ directory: String, later: Int64 = 3_600_000_000_000
    ) -> (status: Status, kind: LoadFailureKind)? {
        outcome(directory) { WallClock.nanoseconds() + later }
    }

    private func outcome(
        _ directory: String, wallClock: @escaping @Sendable () -> Int64
    ) -> (status: Status, kind: LoadFailureKind)? {
        let loader = ModelLoader(
            id: ServableID(name: "m", version: 1), directory: directory, environment: Model.Environment(),
            wallClock: wallClock)
        return failure { () throws(Status) in _ = try loader.load() }.map { ($0, loader.failureKind(of: $0)) }
    }

    @Test func aCompleteVersionLoads() { #expect(outcome(copy()) == nil) }

    @Test func sizeIsThatOfTheWeightsAndEstimatedFromTheFiles() throws {
        let directory = Repository.path("Examples/digits/models/digits/1")
        let loader = ModelLoader(
            id: ServableID(name: "m", version: 1), directory: directory, environment: Model.Environment())
        let weights = Repository.bytes("Examples/digits/models/digits/1/variables/variables.data-00000-of-00001").count
        let estimate = try #require(loader.estimatedByteCount())
        #expect(estimate > weights && estimate < 2 * weights)
        let size = try loader.load().byteCount
        #expect(size > weights / 2 && size < 2 * weights)
    }

    @Test(arguments: ["saved_model.pb", "variables/variables.index", "variables/variables.data-00000-of-00001"])
    func aMissingFileMayStillCome(_ file: String) throws {
        let directory = copy()
        unlink(directory + "/" + file)
        #expect(try #require(outcome(directory)).kind == .incomplete)
    }

    @Test(arguments: ["saved_model.pb", "variables/variables.data-00000-of-00001"])
    func aShortFileMayStillGrow(_ file: String) throws {
        let directory = copy()
        var facts = stat()
        stat(directory + "/" + file, &facts)
        truncate(directory + "/" + file, facts.st_size / 2)
        #expect(try #require(outcome(directory)).kind == .incomplete)
    }

    @Test func aDamagedFileStaysDamaged() throws {
        let directory = copy()
        scratch.write("1/saved_model.pb", Array("this is no model, and never was".utf8))
        let damaged = try #require(outcome(directory))
        #expect(damaged.kind == .permanent && damaged.status.code == .dataLoss)
        #expect(try #require(outcome(directory, later: 0)).kind == .incomplete)
    }

    @Test func damagedWeightsStayDamaged() throws {
        let directory = copy()
        let data = "variables/variables.data-00000-of-00001"
        var bytes = Repository.bytes("Examples/half_plus_two/1/" + data)
        bytes[0] ^= 1
        scratch.write("1/" + data, bytes)
        let damaged = try #require(outcome(directory))
        #expect(damaged.kind == .permanent && damaged.status.code == .dataLoss)
        #expect(try #require(outcome(directory, later: 0)).kind == .incomplete)
    }

    @Test func aFileThatHasItsSizeButNotYetItsBytesMayStillGetThem() throws {
        for file in ["saved_model.pb", "variables/variables.data-00000-of-00001", "variables/variables.index"] {
            let directory = scratch.copy(Repository.path("Examples/half_plus_two/1"), to: "1")
            let bytes = Repository.bytes("Examples/half_plus_two/1/" + file)
            for share in [0, 1, 2, 3] {
                let arrived = bytes.prefix(bytes.count * share / 4)
                scratch.write("1/" + file, Array(arrived) + [UInt8](repeating: 0, count: bytes.count - arrived.count))
                #expect(try #require(outcome(directory, later: 0)).kind == .incomplete, "\(file): \(share)/4")
                #expect(try #require(outcome(directory)).kind != .transient, "\(file): \(share)/4")
            }
            scratch.remove("1")
        }
    }

    @Test func settledFilesAreLoadedAtOnceAndNewOnesAfterASecondLook() {
        let directory = copy()
        let looks = Mutex(0)
        #expect(
            outcome(directory) {
                looks.withLock { $0 += 1 }
                return WallClock.nanoseconds() + 3_600_000_000_000
            } == nil)
        #expect(looks.withLock { $0 } == 2)
        let begin = WallClock.nanoseconds()
        #expect(outcome(directory, later: 0) == nil)
        #expect(WallClock.nanoseconds() - begin >= Settling.interval)
    }

    @Test func filesThatChangeBetweenTheLooksAreNotLoaded() throws {
        let directory = copy()
        let looks = Mutex(0)
        let changed = outcome(directory) { [scratch] in
            let look = looks.withLock { looks in
                looks += 1
                return looks
            }
            if look == 2 { scratch.write("1/late", "x") }
            return WallClock.nanoseconds()
        }
        #expect(try #require(changed).kind == .incomplete)
        #expect(changed?.status == .unavailable("\(directory) is incomplete: its files are still changing"))
    }

    @Test(arguments: ["asset_table", "keras3_dense"]) func assetsAndFoldersMayArriveLast(_ name: String) throws {
        let directory = copy("Tests/Fixtures/SavedModels/" + name)
        let late = name == "asset_table" ? "assets" : "variables"
        rename("\(directory)/\(late)", "\(directory)/\(late).partial")
        let early = try #require(outcome(directory))
        #expect(early.kind == .incomplete && early.status.code == .notFound)
    }

    @Test func allUnsupportedOpsAreNamedAtOnce() throws {
        let refused = try #require(outcome(Repository.path("Tests/Fixtures/EndToEnd/models/unknown/1")))
        #expect(refused.kind == .permanent && refused.status.code == .notFound)
        #expect(refused.status.message.hasPrefix("Op type not registered 'ConsultTheOracle' in binary running on "))
        #expect(refused.status.message.contains("ConsultTheOracle (node second), ReadTeaLeaves (node first)"))
    }

    @Test func theFingerprintFollowsTheFiles() {
        let directory = copy()
        let loader = ModelLoader(
            id: ServableID(name: "m", version: 1), directory: directory, environment: Model.Environment())
        let before = loader.fingerprint()
        #expect(before != nil && before == loader.fingerprint())
        scratch.write("1/saved_model.pb", [1, 2, 3])
        #expect(loader.fingerprint() != before)
    }
}
