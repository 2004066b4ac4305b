import Kernels
import MicrokernelTypes
import Models
import ServingCore
import Threading

extension SubCommand {
    /// `run DIR`: one prediction, without a server.
    static let run = SubCommand(
        name: "run", summary: "loads a SavedModel and runs a signature of it once", usage: runUsage
    ) { program, arguments in
        let grammar = CommandArguments.Grammar(
            valued: ["tag_set", "signature", "input", "output", "format", "output_dir", "precision"], rest: "a folder")
        return execute(program, "run", arguments, grammar, usage: runUsage(program)) { options throws(UsageError) in
            let wanted = try UsageError.wrapping { () throws(Status) in try RunArguments(options) }
            do throws(Status) {
                OpenBLAS.prepareEnvironment()
                StandardStream.quietLog()
                try Rehearsal(wanted).run()
                return 0
            } catch {
                StandardStream.error.write("\(error)\n")
                return 1
            }
        }
    }

    @Sendable private static func runUsage(_ program: String) -> String {
        """
        usage: \(program) run [OPTIONS] --input NAME=VALUE... DIR

        Loads a SavedModel, runs a signature of it once, and writes what comes out. DIR is the folder of a version, or that
        of a model, whose newest version is taken.

          --input NAME=VALUE  the value of an input; inputs with a default may be left out. VALUE is one of
                                FILE.npy         an array of NumPy
                                FILE.npz[:KEY]   one of several; otherwise the only one, or the one called NAME
                                FILE.json        nested lists; {"b64": "..."} for bytes
                                json:TEXT        the same here and now, as in x=json:[1,2.5]
                                FILE.txt         strings, one a line; for a scalar the whole text
                                FILE.png, .jpg, ... for numbers the pixels, 0 to 255; for strings the bytes of the file
          --signature NAME    the signature to run; otherwise serving_default
          --tag_set TAGS      the MetaGraph with exactly these tags, separated by commas; otherwise serve
          --precision WORD    what large weights are kept in: bf16, int8_weights, or float, as the model has them
          --output NAME       only this output; may be repeated
          --format FORMAT     json (the default) or npy
          --output_dir DIR    a file for each output, NAME.json or NAME.npy, instead of standard output
          --help              prints this text and ends

        Exit status: 0 if it ran, 1 if something is wrong, 2 if the command is not understood.

        """
    }
}

/// What the command `run` is told to do.
struct RunArguments: Equatable {
    enum Format: String, CaseIterable { case json, npy }

    struct Input: Equatable {
        var name: String
        var value: String
    }

    var folder: String
    var tags = ["serve"]
    var signature = SignatureRunner.defaultName
    var inputs: [Input] = []
    var outputs: [String] = []
    var format = Format.json
    var outputDirectory: String?
    /// What large weights are kept in.
    var precision = WeightPrecision.float

    /// Throws INVALID_ARGUMENT with what is not understood.
    init(_ options: CommandArguments) throws(Status) {
        folder = try options.only("a folder")
        if let text = try options.value("tag_set") { tags = CommandArguments.tags(text) }
        if let name = try options.value("signature") { signature = name }
        for text in options.all("input") {
            guard let sign = text.firstIndex(of: "="), sign != text.startIndex else {
                throw .invalidArgument("--input takes NAME=VALUE, got '\(text)'")
            }
            let input = Input(name: String(text[..<sign]), value: String(text[text.index(after: sign)...]))
            guard !input.value.isEmpty else { throw .invalidArgument("input \(input.name) has no value") }
            guard !inputs.contains(where: { $0.name == input.name }) else {
                throw .invalidArgument("input \(input.name) is there twice")
            }
            inputs.append(input)
        }
        outputs = options.all("output")
        if let text = try options.value("format") {
            guard let known = Format(rawValue: text) else {
                throw .invalidArgument("--format takes json or npy, got '\(text)'")
            }
            format = known
        }
        outputDirectory = try options.value("output_dir")
        precision = try options.precision ?? precision
    }
}
