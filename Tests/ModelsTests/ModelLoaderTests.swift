import Glibc
import Servables
import ServingCore
import TestSupport
import Testing

@testable import Models

/// What a failed load says about the next attempt.
@Suite struct ModelLoaderTests {
    private let scratch = TemporaryDirectory()

    private func copy(_ source: String = "Examples/half_plus_two/1") -> String {
        scratch.copy(Repository.path(source), to: "1")
    }

    private func outcome(_ directory: String) -> (status: Status, kind: LoadFailureKind)? {
        let loader = ModelLoader(
            id: ServableID(name: "m", version: 1), directory: directory, environment: Model.Environment())
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
    }

    @Test func damagedWeightsStayDamaged() throws {
        let directory = copy()
        let data = "variables/variables.data-00000-of-00001"
        var bytes = Repository.bytes("Examples/half_plus_two/1/" + data)
        bytes[0] ^= 1
        scratch.write("1/" + data, bytes)
        let damaged = try #require(outcome(directory))
        #expect(damaged.kind == .permanent && damaged.status.code == .dataLoss)
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
