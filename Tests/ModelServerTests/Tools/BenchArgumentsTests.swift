import ServingCore
import Testing

@testable import ModelServer

private func parsed(_ arguments: [String]) throws(Status) -> BenchArguments {
    try BenchArguments(try CommandArguments(arguments, BenchArguments.grammar), processors: 4)
}

@Suite struct BenchArgumentsTests {
    @Test func defaultsAreThoseOfTheDocumentation() throws {
        let found = try parsed(["d"])
        #expect(found.rows == 1 && found.duration == 3_000_000_000 && found.threads == 4 && found.runners == 1)
        #expect(found.signature == "serving_default" && found.tags == ["serve"] && !found.isJSON)
    }

    @Test func optionsAreUnderstood() throws {
        let found = try parsed([
            "--batch=32", "--seconds", "0.25", "--threads=16", "--concurrency=3", "--shape=x=5", "--signature=s",
            "--json", "d",
        ])
        #expect(found.rows == 32 && found.duration == 250_000_000 && found.threads == 16 && found.runners == 3)
        #expect(found.recipe.sizes == ["x": [5]] && found.signature == "s" && found.isJSON && found.folder == "d")
    }

    @Test(arguments: [
        (["d", "--batch=0"], "--batch takes a whole number from 1 to 1000000, got '0'"),
        (["d", "--seconds=0"], "--seconds takes a number from 0.01 to 86400, got '0'"),
        (["d", "--threads=0"], "--threads takes a whole number from 1 to 1024, got '0'"),
        (["d", "--concurrency=5"], "--concurrency takes a whole number from 1 to 4 (that of the threads), got '5'"),
    ]) func misuseIsNamed(_ arguments: [String], _ expected: String) {
        do throws(Status) {
            _ = try parsed(arguments)
            Issue.record("accepted")
        } catch {
            #expect(error.message == expected)
        }
    }
}
