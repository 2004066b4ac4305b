import Graphs
import Models
import ServingCore
import Tensors

/// Where the rows for the inputs of a signature come from: values and sizes that the command line gives, the signature's
/// defaults, and made-up numbers for the rest.
struct FeedRecipe: Equatable {
    /// `--input NAME=VALUE`: values with at least one row.
    var values: [String: String] = [:]
    /// `--shape NAME=SIZES`: the sizes behind the first, for inputs that are made up.
    var sizes: [String: [Int]] = [:]

    /// Rows that are made up.
    private static let madeUpRows = 8
    /// All inputs of a row take no more bytes.
    private static let byteLimit = 1 << 30

    init() {}

    /// Reads the options `input` and `shape`. Throws INVALID_ARGUMENT with what is not understood.
    init(_ options: CommandArguments) throws(Status) {
        for text in options.all("input") {
            let (name, value) = try FeedRecipe.pair(text, option: "input", form: "NAME=VALUE")
            guard values.updateValue(value, forKey: name) == nil else {
                throw .invalidArgument("input \(name) is there twice")
            }
        }
        for text in options.all("shape") {
            let (name, value) = try FeedRecipe.pair(text, option: "shape", form: "NAME=SIZES")
            guard sizes[name] == nil else { throw .invalidArgument("the shape of input \(name) is there twice") }
            guard values[name] == nil else {
                throw .invalidArgument("input \(name) has a value, so it cannot have a shape besides")
            }
            let parts = value.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
            let numbers = parts.compactMap { $0 }
            guard numbers.count == parts.count, numbers.count < TensorShape.maximumRank,
                numbers.allSatisfy({ $0 > 0 && $0 <= 1 << 30 })
            else {
                throw .invalidArgument(
                    "--shape takes positive sizes without that of the batch, as in \(name)=224,224,3, got '\(text)'")
            }
            sizes[name] = numbers
        }
    }

    private static func pair(_ text: String, option: String, form: String) throws(Status) -> (String, String) {
        guard let sign = text.firstIndex(of: "="), sign != text.startIndex, text.index(after: sign) != text.endIndex
        else {
            throw .invalidArgument("--\(option) takes \(form), got '\(text)'")
        }
        return (String(text[..<sign]), String(text[text.index(after: sign)...]))
    }

    /// Throws INVALID_ARGUMENT if a name is none of the signature's inputs.
    func check(_ runner: SignatureRunner) throws(Status) {
        try check(runner.inputs.map(\.alias), of: runner.signature.name)
    }

    /// The same for a signature with these inputs.
    func check(_ inputs: [String], of signature: String) throws(Status) {
        let known = inputs.sorted()
        for name in (Array(values.keys) + sizes.keys).sorted() where !known.contains(name) {
            throw .invalidArgument("signature \(signature) has no input \(Rehearsal.advice(name, known))")
        }
    }

    /// Whether no input is made up.
    func isComplete(for runner: SignatureRunner) -> Bool {
        runner.inputs.allSatisfy { values[$0.alias] != nil || $0.defaultValue != nil }
    }

    /// Inputs with sizes that nobody knows, which are taken to be 1: the name, and the shape of a row.
    func guesses(for runner: SignatureRunner) -> [(name: String, shape: PartialShape)] {
        runner.inputs.filter { input in
            guard values[input.alias] == nil, sizes[input.alias] == nil, input.defaultValue == nil else { return false }
            return input.port.shape.dimensions.map { $0.dropFirst().contains { $0 < 0 } } ?? true
        }.map { ($0.alias, $0.port.shape) }
    }

    /// The rows of a signature that can be batched. Throws what is wrong with values and shapes.
    func feeds(for runner: SignatureRunner, range: MadeUpRows.Range) throws(Status) -> BatchFeeds {
        var madeUp = MadeUpRows(range: range)
        var rows: [Tensor] = []
        for input in runner.inputs {
            do throws(Status) {
                rows.append(try tensor(input, &madeUp))
            } catch {
                throw error.prefixed("input \(input.alias): ")
            }
        }
        return BatchFeeds(rows: rows)
    }

    private func tensor(_ input: SignatureRunner.Input, _ madeUp: inout MadeUpRows) throws(Status) -> Tensor {
        if let text = values[input.alias] {
            let tensor = try InputValue(text, input.alias, input.port).tensor()
            guard tensor.shape.rank > 0, tensor.shape[0] > 0 else {
                throw .invalidArgument("a value with at least one row is expected, got one of shape \(tensor.shape)")
            }
            return tensor
        }
        if sizes[input.alias] == nil, let value = input.defaultValue, value.shape.rank > 0, value.shape[0] > 0 {
            return value
        }
        let declared = input.port.shape
        let row = sizes[input.alias] ?? declared.dimensions?.dropFirst().map { $0 < 0 ? 1 : $0 } ?? []
        guard let single = TensorShape(validating: [1] + row), InputValue.fits(single, declared) else {
            throw .invalidArgument(
                "rows of \(row.map(String.init).joined(separator: ",")) do not fit \(declared) of the signature")
        }
        let (bytes, overflow) = single.elementCount.multipliedReportingOverflow(by: input.port.dataType.byteCount)
        guard !overflow, bytes <= FeedRecipe.byteLimit else {
            throw .resourceExhausted("a row of shape \(single) is larger than what can be made up")
        }
        // Large rows are repeated, so that they do not take much memory several times.
        let count = bytes > 16 << 20 ? 1 : FeedRecipe.madeUpRows
        guard let tensor = madeUp.tensor(input.port.dataType, TensorShape([count] + row)) else {
            throw .invalidArgument(
                "\(input.port.dataType.name) cannot be made up; give it by --input \(input.alias)=FILE")
        }
        return tensor
    }
}
