import Glibc
import Models
import Servables
import ServingCore
import Tensors
import TestSupport
import Testing
import Threading

/// Whatever stands in a model's files or in a request, the process goes on: a model loads or is refused, a run returns or is
/// refused.
@Suite struct HostileModelTests {
    private static let tests = "/" + #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
    static let models =
        ModelFileSet.models(below: tests + "/Fixtures/SavedModels")
        + ModelFileSet.models(below: tests + "/Fixtures/EndToEnd/models")
        + ModelFileSet.models(below: tests + "/../Examples")

    /// How many damaged versions of each model; `HOSTILE_MODEL_ROUNDS` asks for a longer campaign.
    private static let rounds = getenv("HOSTILE_MODEL_ROUNDS").flatMap { Int(String(cString: $0)) } ?? 12

    /// Loads the model in `directory`, and runs each signature with inputs of many shapes. Returns how many runs succeeded, or
    /// nil if the model was refused.
    private func exercise(_ directory: String, _ choices: inout SeededChoices) -> Int? {
        let environment = Model.Environment(memoryLimit: 256 << 20)
        let loader = ModelLoader(
            id: ServableID(name: "hostile", version: 1), directory: directory, environment: environment,
            wallClock: muchLater)
        guard let model = try? loader.load() as? Model else { return nil }
        var successes = 0
        for runner in model.signatureNames.compactMap({ model.runner(for: $0) }) {
            for mode in 0..<HostileInputs.modes {
                let feeds = runner.inputs.compactMap { HostileInputs.tensor(for: $0.port, mode: mode, &choices) }
                guard feeds.count == runner.inputs.count else { continue }
                let now = Instant(nanoseconds: SystemClock().nanoseconds())
                let results = try? model.run(
                    runner, feeds: feeds, outputs: runner.outputAliases,
                    deadline: Deadline(now.advanced(byNanoseconds: 1_000_000_000)), cancellation: nil)
                if let results {
                    #expect(results.count == runner.outputAliases.count)
                    successes += 1
                }
            }
        }
        return successes
    }

    @Test func committedModelsAreFound() { #expect(HostileModelTests.models.count >= 15) }

    @Test(arguments: models) func modelTakesInputsOfAnyShape(_ directory: String) {
        var choices = SeededChoices(seed: 1)
        _ = exercise(directory, &choices)
    }

    @Test(arguments: models) func damagedFilesAreRefusedOrServed(_ directory: String) {
        let original = ModelFileSet(reading: directory)
        let names = original.files.keys.sorted()
        var choices = SeededChoices(seed: UInt64(names.count + directory.utf8.count))
        for round in 0..<HostileModelTests.rounds {
            let copy = TemporaryDirectory()
            var damaged = original
            // Most of what can go wrong stands in the graph.
            let name =
                round % 3 > 0 ? names.first { $0.hasPrefix("saved_model.pb") } ?? names[0] : choices.one(of: names)
            damaged.files[name]?.damage(&choices)
            damaged.write(to: copy.path)
            _ = exercise(copy.path, &choices)
        }
    }

    @Test(arguments: models) func filesThatEndEarlyAreRefusedOrServed(_ directory: String) {
        let original = ModelFileSet(reading: directory)
        var choices = SeededChoices(seed: 7)
        for (name, bytes) in original.files.sorted(by: { $0.key < $1.key }) {
            let copy = TemporaryDirectory()
            var damaged = original
            damaged.files[name] = Array(bytes.prefix(choices.below(bytes.count + 1)))
            damaged.write(to: copy.path)
            _ = exercise(copy.path, &choices)
        }
    }
}

extension [UInt8] {
    /// Changes some bytes: flips bits, exchanges bytes, leaves some out, puts some in.
    fileprivate mutating func damage(_ choices: inout SeededChoices) {
        for _ in 0..<choices.one(of: [1, 1, 2, 8]) where !isEmpty {
            let place = choices.below(count)
            switch choices.below(5) {
            case 0, 1: self[place] ^= 1 << UInt8(choices.below(8))
            case 2: self[place] = choices.one(of: [0, 0x7f, 0x80, 0xff])
            case 3: swapAt(place, choices.below(count))
            default: removeSubrange(place..<Swift.min(count, place + choices.one(of: [1, 2, 50])))
            }
        }
    }
}
