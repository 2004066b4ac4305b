import Glibc
import ServingCore
import Testing

@testable import Transports

@Suite struct ListeningSocketTests {
    @Test func portZeroTellsTheRealOne() throws {
        let socket = try ListeningSocket(.port(0))
        #expect((socket.port ?? 0) > 0)
    }

    @Test func aTakenPortIsUnavailableAndNamed() throws {
        let first = try ListeningSocket(.port(0))
        let port = try #require(first.port)
        let failure = #expect(throws: Status.self) { try ListeningSocket(.port(port)) }
        #expect(failure == Status(.unavailable, "bind 0.0.0.0:\(port): Address already in use"))
    }

    @Test(arguments: ["127.0.0.1", "::1"]) func oneAddressIsEnough(host: String) throws {
        let socket = try ListeningSocket(.host(host, port: 0))
        let port = try #require(socket.port)
        #expect(port > 0)
        let failure = #expect(throws: Status.self) { try ListeningSocket(.host(host, port: port)) }
        let name = host == "::1" ? "[::1]" : host
        #expect(failure == Status(.unavailable, "bind \(name):\(port): Address already in use"))
    }

    @Test func namesAreNoAddresses() {
        let failure = #expect(throws: Status.self) { try ListeningSocket(.host("localhost", port: 0)) }
        #expect(failure?.code == .invalidArgument)
    }

    @Test func aStaleSocketFileIsReplacedAndRemovedAtTheEnd() throws {
        let path = "/tmp/listening-socket-test-\(getpid())"
        do {
            let first = try ListeningSocket(.unixSocket(path: path))
            let second = try ListeningSocket(.unixSocket(path: path))
            #expect(access(path, F_OK) == 0)
            withExtendedLifetime((first, second)) {}
        }
        #expect(access(path, F_OK) != 0)
    }

    @Test func aSuccessorsSocketFileIsLeftAlone() throws {
        let path = "/tmp/listening-socket-test-successor-\(getpid())"
        var first: ListeningSocket? = try ListeningSocket(.unixSocket(path: path))
        let second = try ListeningSocket(.unixSocket(path: path))
        #expect(first != nil)
        first = nil
        #expect(access(path, F_OK) == 0)
        withExtendedLifetime(second) {}
    }

    @Test func otherFilesAreLeftAlone() throws {
        let path = "/tmp/listening-socket-test-file-\(getpid())"
        let file = open(path, O_CREAT | O_WRONLY, 0o600)
        close(file)
        defer { unlink(path) }
        let failure = #expect(throws: Status.self) { try ListeningSocket(.unixSocket(path: path)) }
        #expect(failure?.code == .unavailable)
        #expect(access(path, F_OK) == 0)
    }

    @Test func aPathThatIsTooLongIsRefused() {
        let path = "/tmp/" + String(repeating: "x", count: 200)
        let failure = #expect(throws: Status.self) { try ListeningSocket(.unixSocket(path: path)) }
        #expect(failure?.code == .invalidArgument)
    }
}
