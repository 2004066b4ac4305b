import ServingCore
import Testing
import Threading

@testable import Servables

final class FakeServable: Servable {
    let number: Int64

    init(_ number: Int64) { self.number = number }
}

private func served(
    _ name: String, _ version: Int64, drained: @escaping @Sendable (ServedVersion) -> Void = { _ in }
) -> ServedVersion {
    ServedVersion(id: ServableID(name: name, version: version), servable: FakeServable(version), drained: drained)
}

private func reader(_ versions: [ServedVersion], labels: [String: [String: Int64]] = [:]) -> ServingMapReader {
    let publisher = ServingMapPublisher()
    publisher.publish(ServingMap(versions, labels: labels))
    return ServingMapReader(publisher)
}

@Test func latestIsTheHighestAvailableVersion() throws {
    let reader = reader([served("m", 2), served("m", 10), served("m", 1), served("other", 99)])
    #expect(try reader.handle(for: "m").id == ServableID(name: "m", version: 10))
    #expect(try reader.handle(for: "m", .specific(2)).id.version == 2)
}

@Test func missesAreAnsweredInTheReferencesWords() {
    let reader = reader([served("m", 2)], labels: ["m": ["stable": 2, "gone": 7]])
    func message(_ name: String, _ choice: VersionChoice) -> Status? {
        do throws(Status) {
            _ = try reader.handle(for: name, choice)
            return nil
        } catch {
            return error
        }
    }
    #expect(message("x", .latest) == .notFound("Servable not found for request: Latest(x)"))
    #expect(message("x", .specific(3)) == .notFound("Servable not found for request: Specific(x, 3)"))
    #expect(message("m", .specific(3)) == .notFound("Servable not found for request: Specific(m, 3)"))
    #expect(message("m", .label("new")) == .invalidArgument("Unrecognized servable version label: new"))
    #expect(message("x", .label("new")) == .invalidArgument("Unrecognized servable version label: new"))
    #expect(message("m", .label("gone")) == .notFound("Servable not found for request: Specific(m, 7)"))
    #expect(message("m", .label("stable")) == nil)
}

@Test func readerSeesWhatIsPublished() throws {
    let publisher = ServingMapPublisher()
    let reader = ServingMapReader(publisher)
    #expect(throws: Status.self) { try reader.handle(for: "m") }
    publisher.publish(ServingMap([served("m", 1)], labels: [:]))
    #expect(try reader.handle(for: "m").id.version == 1)
    publisher.publish(ServingMap([served("m", 2)], labels: [:]))
    #expect(try reader.handle(for: "m").id.version == 2)
}

@Test func aTicketIsGoodUntilAChange() throws {
    let publisher = ServingMapPublisher()
    let reader = ServingMapReader(publisher)
    let version = served("m", 1)
    publisher.publish(ServingMap([version], labels: [:]))
    let ticket = try reader.handle(for: "m").ticket
    #expect(reader.visit(for: ticket)?.id.version == 1)
    #expect(ServingMapReader(publisher).visit(for: ticket)?.id.version == 1)
    #expect(version.inFlight == 0)
    publisher.publish(ServingMap([version, served("m", 2)], labels: [:]))
    #expect(reader.visit(for: ticket)?.id == nil)
    #expect(try reader.handle(for: "m").ticket.version.id.version == 2)
}

@Test func aTicketForARetiredVersionIsWorthNothing() throws {
    let publisher = ServingMapPublisher()
    let reader = ServingMapReader(publisher)
    let version = served("m", 1)
    publisher.publish(ServingMap([version], labels: [:]))
    let ticket = try reader.handle(for: "m").ticket
    version.retire()
    #expect(reader.visit(for: ticket)?.id == nil)
}

@Test func retiredVersionDrainsWhenItsLastHandleGoes() {
    let drained = Counted()
    let version = served("m", 1) { _ in drained.add() }
    var first = ServableHandle(version)
    var second = ServableHandle(version)
    #expect(version.inFlight == 2)
    version.retire()
    #expect(ServableHandle(version) == nil)
    first = nil
    #expect(drained.value == 0)
    second = nil
    #expect(drained.value == 1)
    #expect(ServableHandle(version) == nil)
    #expect(drained.value == 1)
    _ = (first, second)
}

@Test func visitKeepsAVersionThatWasRetiredAndWhoseHandleIsGone() throws {
    let drained = Counted()
    let version = served("m", 1) { _ in drained.add() }
    var handle = ServableHandle(version)
    func finish(_ visit: consuming ServableVisit) {
        #expect((visit.servable as? FakeServable)?.number == 1)
        #expect(drained.value == 0)
    }
    version.retire()
    let visit = try #require(handle).visit()
    handle = nil
    #expect(version.inFlight == 1)
    finish(visit)
    #expect(drained.value == 1)
}

@Test func retiredVersionWithoutHandlesDrainsAtOnce() {
    let drained = Counted()
    let version = served("m", 1) { _ in drained.add() }
    version.retire()
    #expect(drained.value == 1)
}

@Test func retiringUnderLoadDrainsOnceAndAfterEveryHandle() {
    for _ in 0..<200 {
        let drained = Counted()
        let inside = Counted()
        let version = served("m", 1) { _ in
            #expect(inside.value == 0)
            drained.add()
        }
        let threads = (0..<3).map { _ in
            Thread(name: "reader") {
                while true {
                    guard let handle = ServableHandle(version) else { return }
                    inside.add()
                    #expect((handle.servable as? FakeServable)?.number == 1)
                    inside.add(-1)
                }
            }
        }
        version.retire()
        for thread in threads { thread.join() }
        #expect(drained.value == 1)
    }
}

/// A number that several threads change; its lock is one that the thread sanitizer knows.
final class Counted: Sendable {
    private let number = ConditionLock(0)

    var value: Int { number.withLock { $0 } }

    func add(_ amount: Int = 1) { number.withLock { $0 += amount } }
}
