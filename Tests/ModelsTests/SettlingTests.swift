import Servables
import TestSupport
import Testing

@testable import Models

/// The content of a directory that has just been written, and when it was last changed.
private func content(_ text: String) throws -> DirectoryContent {
    let directory = TemporaryDirectory()
    directory.write("file", text)
    return try #require(LocalFileSystem().content(of: directory.path))
}

private let tenth: Int64 = 100_000_000

@Test func filesThatAreOldEnoughAreSettledAtTheFirstLook() throws {
    let content = try content("a")
    let now = content.newestChange + 20 * tenth
    #expect(Settling(content, at: now, hasUnprovenFiles: true).decide(content, at: now) == .settled)
    let early = Settling(content, at: now - 1, hasUnprovenFiles: false)
    #expect(early.decide(content, at: now - 1) == .lookAgain(afterNanoseconds: tenth))
}

@Test func newFilesAreSettledAtTheSecondLook() throws {
    let content = try content("a")
    let begin = content.newestChange
    let settling = Settling(content, at: begin, hasUnprovenFiles: false)
    #expect(settling.decide(content, at: begin + tenth - 1) == .lookAgain(afterNanoseconds: tenth))
    #expect(settling.decide(content, at: begin + tenth) == .settled)
}

@Test func filesWithoutAProofMustBeQuietForTwoSeconds() throws {
    let content = try content("a")
    let begin = content.newestChange + 5 * tenth
    let settling = Settling(content, at: begin, hasUnprovenFiles: true)
    #expect(settling.decide(content, at: begin + 14 * tenth) == .lookAgain(afterNanoseconds: tenth))
    #expect(settling.decide(content, at: begin + 15 * tenth) == .settled)
}

@Test func everyChangeBetweenTheLooksIsSeen() throws {
    let first = try content("a")
    let settling = Settling(first, at: first.newestChange, hasUnprovenFiles: false)
    #expect(settling.decide(try content("ab"), at: first.newestChange + 100 * tenth) == .changed)
    #expect(settling.decide(nil, at: first.newestChange + 100 * tenth) == .changed)
}

@Test func timesInTheFutureHoldALoadUpByTwoSecondsAtMost() throws {
    let content = try content("a")
    let begin = content.newestChange - 1000 * tenth
    #expect(Settling.age(content, at: begin) == 0)
    let settling = Settling(content, at: begin, hasUnprovenFiles: true)
    #expect(settling.decide(content, at: begin + 19 * tenth) == .lookAgain(afterNanoseconds: tenth))
    #expect(settling.decide(content, at: begin + 20 * tenth) == .settled)
}
