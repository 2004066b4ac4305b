import Graphs
import Models
import ServingCore
import Tensors

extension FeedRecipe {
    /// The inputs of one run with `rows` rows, also for signatures that cannot be batched: scalars stay scalars, and a
    /// first dimension that the signature fixes stays what it is.
    ///
    /// Throws what is wrong with values and shapes, and INVALID_ARGUMENT if `rows` do not fit.
    func wholeFeeds(for runner: SignatureRunner, rows: Int, range: MadeUpRows.Range) throws(Status) -> [Tensor] {
        var madeUp = MadeUpRows(range: range)
        var feeds: [Tensor] = []
        for input in runner.inputs {
            do throws(Status) {
                feeds.append(
                    try whole(input.alias, input.port, defaultValue: input.defaultValue, rows: rows, &madeUp))
            } catch {
                throw error.prefixed("input \(input.alias): ")
            }
        }
        return feeds
    }

    /// The input `name`; see `wholeFeeds`.
    func whole(
        _ name: String, _ port: Signature.Port, defaultValue: Tensor?, rows: Int, _ madeUp: inout MadeUpRows
    ) throws(Status) -> Tensor {
        let declared = port.shape
        let isOpen = declared.dimensions.map { ($0.first ?? 0) < 0 } ?? true
        if let text = values[name] {
            let value = try InputValue(text, name, port).tensor()
            guard isOpen, value.shape.rank > 0, value.shape[0] > 0, value.shape[0] != rows else { return value }
            return try BatchFeeds(rows: [value]).batch(rows)[0]
        }
        if sizes[name] == nil, let defaultValue { return defaultValue }
        let known = declared.dimensions ?? [-1]
        let behind = sizes[name] ?? known.dropFirst().map { $0 < 0 ? 1 : $0 }
        let first = known.first.map { [$0 < 0 ? rows : $0] } ?? []
        guard let shape = TensorShape(validating: first + behind), InputValue.fits(shape, declared) else {
            throw .invalidArgument("\(first + behind) does not fit \(declared) of the signature")
        }
        guard let tensor = madeUp.tensor(port.dataType, shape) else {
            throw .invalidArgument(
                "\(port.dataType.name) of shape \(shape) cannot be made up; give it by --input \(name)=FILE"
            )
        }
        return tensor
    }
}
