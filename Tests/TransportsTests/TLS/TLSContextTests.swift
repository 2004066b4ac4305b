import ServingCore
import Testing

@testable import Transports

@Suite struct TLSContextTests {
    private func place(_ name: String, _ list: [UInt8]) -> Int? {
        list.withUnsafeBufferPointer { TLSContext.place(of: Array(name.utf8), in: $0) }
    }

    @Test func protocolsAreFoundInTheClientsList() {
        let list = [2] + Array("h2".utf8) + [8] + Array("http/1.1".utf8)
        #expect(place("h2", list) == 1)
        #expect(place("http/1.1", list) == 4)
        #expect(place("h3", list) == nil)
        #expect(place("h", list) == nil)
    }

    @Test func damagedListsHoldNothingBehindTheDamage() {
        #expect(place("h2", []) == nil)
        #expect(place("h2", [200, 104, 50]) == nil)
        #expect(place("h2", [0, 0, 2, 104, 50]) == 3)
        #expect(place("h2", [2, 104]) == nil)
    }

    @Test(arguments: ["", "nothing", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
    func whatIsNoCertificateIsRefused(text: String) {
        var settings = TLSContext.Settings()
        settings.certificates = text
        let refusal = #expect(throws: Status.self) { try TLSContext(settings) }
        #expect(refusal?.code == .invalidArgument)
        #expect(
            refusal?.message.hasPrefix("server_cert cannot be read: its certificate 1 is missing or damaged") == true)
    }
}
