import ServingCore
import Testing

@testable import Servables

@Test(arguments: [
    ("1", 1), ("00000123", 123), (" 7 ", 7), ("+5", 5), ("-3", -3), ("9223372036854775807", Int64.max),
    ("1732142400", 1_732_142_400),
])
func numbersAreReadTolerantly(text: String, number: Int64) { #expect(VersionDirectories.number(text) == number) }

@Test(arguments: ["", " ", "1.tmp", "v1", "2.denied", "1 2", "+ 1", "--1", "0x1", "9223372036854775808", "１"])
func otherNamesAreNoVersions(text: String) { #expect(VersionDirectories.number(text) == nil) }

@Test func onlyNumberedDirectoriesAreVersions() throws {
    let fileSystem = FakeFileSystem(
        directories: ["/m", "/m/1", "/m/0002", "/m/-4", "/m/assets", "/m/3.tmp"], files: ["/m/5", "/m/readme"])
    let found = try VersionDirectories(under: "/m", in: fileSystem)
    #expect(found.names == [1: "1", 2: "0002"])
    #expect(found.numberedFiles == ["5"])
    #expect(found.duplicates == [])
}

@Test func ofDuplicatesTheLastInNameOrderWins() throws {
    let fileSystem = FakeFileSystem(directories: ["/m", "/m/001", "/m/1", "/m/00001"])
    let found = try VersionDirectories(under: "/m", in: fileSystem)
    #expect(found.names == [1: "1"])
    #expect(found.duplicates == ["00001", "001"])
}

@Test func directoryThatCannotBeLookedAtStaysAVersion() throws {
    let fileSystem = FakeFileSystem(directories: ["/m", "/m/1"])
    fileSystem.change { $0.failures["/m/1"] = .unavailable("/m/1; Input/output error") }
    #expect(try VersionDirectories(under: "/m", in: fileSystem).names == [1: "1"])
}

@Test func missingBaseThrows() {
    #expect(throws: Status.notFound("/none not found")) {
        try VersionDirectories(under: "/none", in: FakeFileSystem())
    }
}

@Test func linksAreVersionsAsLongAsTheyLeadToADirectory() throws {
    let fileSystem = FakeFileSystem(directories: ["/m", "/m/1", "/store"])
    fileSystem.change { tree in
        tree.links["/m/2"] = "/store"
        tree.links["/m/3"] = "/nowhere"
    }
    let found = try VersionDirectories(under: "/m", in: fileSystem)
    #expect(found.names == [1: "1", 2: "2"] && found.dangling == [3: "3"] && found.hasLinks)
}
