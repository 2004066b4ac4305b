import ServingCore
import Testing

@testable import ModelServer

private func parsed(_ arguments: [String]) throws(Status) -> TuningArguments {
    try TuningArguments(try CommandArguments(arguments, TuningArguments.grammar), processors: 4)
}

private func failure(_ arguments: [String]) -> String? {
    do throws(Status) {
        _ = try parsed(arguments)
        return nil
    } catch {
        return error.message
    }
}

@Suite struct TuningArgumentsTests {
    @Test func defaultsAreThoseOfTheDocumentation() throws {
        let found = try parsed(["dir"])
        #expect(found.folder == "dir" && found.signature == "serving_default" && found.tags == ["serve"])
        #expect(found.goal == nil && found.budget == 10_000_000_000 && found.maximumRows == nil && found.threads == 4)
        #expect(found.requestRows == 1000 && found.svg == nil && found.output == nil && !found.isJSON && !found.isASCII)
    }

    @Test func optionsAreUnderstood() throws {
        let found = try parsed([
            "--p99_ms=2.5", "--seconds", "0.5", "--max_batch_size=64", "--threads=1", "--shape", "x=2,3",
            "--input=y=json:[1]",
            "--signature=s", "--tag_set=a,b", "--svg=p.svg", "--output", "o", "--max_request_rows=7", "--json",
            "--ascii", "d",
        ])
        #expect(found.goal == 2_500_000 && found.budget == 500_000_000 && found.maximumRows == 64 && found.threads == 1)
        #expect(
            found.recipe.sizes == ["x": [2, 3]] && found.recipe.values == ["y": "json:[1]"] && found.requestRows == 7)
        #expect(found.signature == "s" && found.tags == ["a", "b"] && found.svg == "p.svg" && found.output == "o")
        #expect(found.isJSON && found.isASCII)
    }

    @Test(arguments: [
        ([], "a folder is missing"),
        (["d", "--p99_ms=0"], "--p99_ms takes a number from 0.001 to 3600000, got '0'"),
        (["d", "--p99_ms=-3"], "--p99_ms takes a number from 0.001 to 3600000, got '-3'"),
        (["d", "--p99_ms=nan"], "--p99_ms takes a number from 0.001 to 3600000, got 'nan'"),
        (["d", "--p99_ms=1e3"], "--p99_ms takes a number from 0.001 to 3600000, got '1e3'"),
        (["d", "--p99_ms=1", "--p99_ms=2"], "--p99_ms is there 2 times"),
        (["d", "--seconds=x"], "--seconds takes a number from 0.1 to 3600, got 'x'"),
        (
            ["d", "--seconds=99999999999999999999"],
            "--seconds takes a number from 0.1 to 3600, got '99999999999999999999'"
        ),
        (["d", "--max_batch_size=1"], "--max_batch_size takes a whole number from 2 to 1000000, got '1'"),
        (["d", "--max_batch_size=2.5"], "--max_batch_size takes a whole number from 2 to 1000000, got '2.5'"),
        (
            ["d", "--threads=5"],
            "--threads takes a whole number from 1 to 4 (this machine has so many processors), got '5'"
        ),
        (["d", "--max_request_rows=0"], "--max_request_rows takes a whole number from 1 to 1000000000, got '0'"),
        (["d", "--input=x"], "--input takes NAME=VALUE, got 'x'"),
        (["d", "--shape==1"], "--shape takes NAME=SIZES, got '=1'"),
        (["d", "--input=x=json:1", "--input=x=json:2"], "input x is there twice"),
        (["d", "--shape=x=1", "--shape=x=2"], "the shape of input x is there twice"),
        (["d", "--input=x=json:1", "--shape=x=2"], "input x has a value, so it cannot have a shape besides"),
        (
            ["d", "--shape=x=1,0"],
            "--shape takes positive sizes without that of the batch, as in x=224,224,3, got 'x=1,0'"
        ),
        (
            ["d", "--shape=x=1,,2"],
            "--shape takes positive sizes without that of the batch, as in x=224,224,3, got 'x=1,,2'"
        ),
        (
            ["d", "--shape=x=99999999999"],
            "--shape takes positive sizes without that of the batch, as in x=224,224,3, got 'x=99999999999'"
        ),
        (["d", "--p99ms=1"], "there is no option --p99ms=1; did you mean --p99_ms?"),
    ]) func misuseIsNamed(_ arguments: [String], _ expected: String) {
        #expect(failure(arguments) == expected)
    }
}
