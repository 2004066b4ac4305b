import Batching
import Configuration
import JSON
import TestSupport
import Testing

@testable import ModelServer

private func report(
    goal: Double? = nil, difference: String? = nil, folder: String = "/models/x/1", threads: Int = 2,
    _ time: @escaping (Int) -> Double = { 1e6 + 1e5 * Double($0) }
) throws -> TuningReport {
    let scratch = TemporaryDirectory()
    scratch.write("saved_model.pb", "")
    var named = try ModelFolder(scratch.path)
    named.directory = folder
    var curve = SyntheticCurve(threads: threads, time: time)
    let facts = curve.facts(goal: goal.map { UInt64($0 * millisecond) })
    return TuningReport(
        folder: named, signature: "serving_default", machine: "A <processor> & co", advice: BatchingAdvice(facts),
        end: .limit, difference: difference)
}

/// What the server makes of the text of a file.
private func served(_ text: String) throws -> BatchingParameters {
    let scratch = TemporaryDirectory()
    return try BatchingParameters(contentsOf: scratch.write("parameters.txt", text))
}

@Suite struct TuningReportTests {
    @Test func serverTakesTheFileAsItIsMeant() throws {
        for goal in [nil, 6, 40, 1000.0] {
            let file = try #require(try report(goal: goal).file)
            #expect(try served(file.text) == file.parameters)
        }
        let padded = try report { (1e6 + 1e5 * Double($0)) * (BatchingAdvice.isPower($0) ? 1 : 3) }
        #expect(try served(try #require(padded.file).text) == padded.advice.parameters)
    }

    @Test func fileTellsWhatItRestsOn() throws {
        let text = try #require(try report(goal: 40).file).text
        #expect(
            text.contains("# Batching parameters for signature serving_default of /models/x/1 for a p99 of 40.0 ms,"))
        #expect(text.contains("#   128 ") && text.contains("# Batching pays") && text.utf8.allSatisfy { $0 < 0x80 })
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 140 })
    }

    @Test func namesCannotLeaveTheirComment() throws {
        let file = try #require(try report(folder: "/m\nmax_batch_size { value: 7 }\r\u{2028}ä/1").file)
        #expect(try served(file.text) == file.parameters)
        #expect(file.text.hasPrefix("# Batching"))
    }

    @Test func textHasTableAndPlot() throws {
        let found = try report(goal: 40)
        let text = found.text(width: 80, isASCII: true)
        #expect(text.contains("/models/x/1, signature serving_default: 2 batches at a time\nA <processor> & co\n"))
        #expect(text.contains("<- chosen") && text.contains("rows/s") && text.contains(" chosen: "))
        #expect(text.utf8.allSatisfy { $0 < 0x80 })
        #expect(try report(threads: 1).text(width: 80, isASCII: false).contains(": one batch at a time"))
    }

    @Test func pictureMarksChoiceAndGoal() throws {
        let found = try report(goal: 40)
        #expect(found.svg.contains(">chosen: \(found.advice.chosen.rows) rows<") && found.svg.contains(">goal<"))
        #expect(try !report(goal: 1).svg.contains("chosen"))
    }

    @Test func goalOutOfReachGivesNoFile() throws {
        let found = try report(goal: 1)
        #expect(found.file == nil && found.sentences.first?.hasPrefix("The goal of 1.00 ms cannot be met") == true)
        #expect(found.json.text.contains("\"verdict\": \"goal_out_of_reach\", \"pays\": false"))
    }

    @Test func dependentRowsAreWarnedOf() throws {
        let found = try report(difference: "output y of row 2 is another")
        #expect(found.sentences.first?.hasPrefix("Warning: output y of row 2 is another.") == true)
        #expect(try #require(found.file).text.contains("# Warning: output y"))
        #expect(found.json.text.contains("\"rows_agree\": false"))
    }

    @Test func jsonHoldsTheSame() throws {
        let found = try report(goal: 40)
        let bytes = Array(found.json.text.utf8)
        let document = try JSONDocument(bytes)
        withExtendedLifetime(document) {}
        let text = found.json.text
        #expect(text.contains("\"goal_ms\": 40.0,") && text.contains("\"chosen_rows\": \(found.advice.chosen.rows),"))
        #expect(text.contains("\"max_execution_batch_size\": \(found.advice.chosen.rows)") && !text.contains("\n"))
        #expect(JSONValue.decimal(.nan).text == "null" && JSONValue.decimal(0.5).text == "0.5")
    }
}

@Suite struct ParametersFileTests {
    @Test func wordsAreWrappedAndUnitsStay() {
        #expect(ParametersFile.wrapped("one two three", width: 8) == ["one two", "three"])
        #expect(ParametersFile.wrapped("takes 12.3 ms, at most", width: 11) == ["takes", "12.3 ms, at", "most"])
        #expect(ParametersFile.wrapped("  a   table", width: 20) == ["  a   table"])
        #expect(
            ParametersFile.wrapped("", width: 5) == [""] && ParametersFile.wrapped("abcdefgh", width: 3) == ["abcdefgh"]
        )
    }

    @Test func everyFieldIsWritten() {
        var parameters = BatchingParameters()
        parameters.maximumBatchSize = 64
        parameters.batchThreads = 3
        parameters.splitsLargeBatches = true
        parameters.maximumExecutionBatchSize = 4
        parameters.allowedBatchSizes = [2, 4]
        let text = ParametersFile(parameters: parameters, comments: ["a", "b\nc", ""]).text
        #expect(
            text == """
                # a
                # b
                # c
                #
                max_batch_size { value: 64 }
                batch_timeout_micros { value: 0 }
                max_enqueued_batches { value: 10 }
                num_batch_threads { value: 3 }
                enable_large_batch_splitting { value: true }
                max_execution_batch_size { value: 4 }
                allowed_batch_sizes: 2
                allowed_batch_sizes: 4

                """)
    }
}
