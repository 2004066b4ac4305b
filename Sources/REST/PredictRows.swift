import JSON
import Models
import ServingCore
import Tensors

/// The value of `instances`: elements of one shape, which become the rows of tensors.
struct PredictRows {
    private let list: JSONElement
    private let first: JSONElement
    private let wanted: [SignatureRunner.Input]
    private let textBytes: Int

    /// - Parameters:
    ///   - first: the list's first element.
    ///   - wanted: at least one input, in the order of their names.
    init(_ list: JSONElement, first: JSONElement, _ wanted: [SignatureRunner.Input], textBytes: Int) {
        self.list = list
        self.first = first
        self.wanted = wanted
        self.textBytes = textBytes
    }

    func read() throws(Status) -> [(alias: String, value: Tensor)] {
        guard first.isObject || wanted.count == 1 else {
            throw .invalidArgument(
                "instances is a plain list, but expecting list of objects as multiple input tensors required as per "
                    + "tensorinfo_map")
        }
        return first.isNamedObject(for: wanted) ? try readObjects() : try readValues()
    }

    private func readValues() throws(Status) -> [(alias: String, value: Tensor)] {
        var stack = RowStack(
            try JSONTensorReader(wanted[0].port.dataType, textBytes: textBytes), rows: list.count, in: list)
        var position = 0
        try list.forEach { (element) throws(Status) in
            guard !element.isNamedObject(for: wanted) else {
                throw .invalidArgument("Expecting value/list but got object at item \(position) of input list")
            }
            do throws(Status) {
                try stack.append(element)
            } catch {
                throw PredictRows.failure(error, position)
            }
            position += 1
        }
        return [(wanted[0].alias, try stack.finish())]
    }

    private func readObjects() throws(Status) -> [(alias: String, value: Tensor)] {
        let rows = list.count
        var stacks: [RowStack] = []
        for input in wanted {
            stacks.append(
                RowStack(try JSONTensorReader(input.port.dataType, textBytes: textBytes), rows: rows, in: list))
        }
        var position = 0
        try list.forEach { (element) throws(Status) in
            guard element.isNamedObject(for: wanted) else {
                throw .invalidArgument("Expecting object but got list at item \(position) of input list")
            }
            try append(element, position, to: &stacks)
            position += 1
        }
        var inputs: [(alias: String, value: Tensor)] = []
        for (input, stack) in zip(wanted, stacks) { inputs.append((input.alias, try stack.finish())) }
        return inputs
    }

    /// Adds a row to each of `stacks`. A name that is given twice counts where it stands first.
    private func append(_ object: JSONElement, _ position: Int, to stacks: inout [RowStack]) throws(Status) {
        var known = 0
        try object.forEachMember { (name, value) throws(Status) in
            guard let place = wanted.firstIndex(where: { name.hasBytes(of: $0.alias) }) else {
                let error = Status.invalidArgument("JSON object: does not have named input: \(name.text)")
                throw PredictRows.failure(error, position, key: name.text)
            }
            guard stacks[place].count == position else { return }
            do throws(Status) {
                try stacks[place].append(value)
            } catch {
                throw PredictRows.failure(error, position, key: name.text)
            }
            known += 1
        }
        guard known == wanted.count else {
            throw .invalidArgument(
                "Failed to process element: \(position) of 'instances' list. JSON object: \(object.shownText) keys must be "
                    + "equal to: \(wanted.map(\.alias).joined(separator: ","))")
        }
    }

    private static func failure(_ error: Status, _ position: Int, key: String? = nil) -> Status {
        guard error.code == .invalidArgument || error.code == .unimplemented else { return error }
        let key = key.map { " key: \($0)" } ?? ""
        return .invalidArgument("Failed to process element: \(position)\(key) of 'instances' list. Error: \(error)")
    }
}

/// Values of one shape on their way into one tensor.
private struct RowStack {
    private let reader: JSONTensorReader
    private let rows: Int
    private let list: JSONElement
    /// Of each value; nil before the first one.
    private var sizes: [Int]?
    /// Nil before the first one, and if values of the first one's sizes would be more than there are.
    private var tensor: Tensor?
    private var rowBytes = 0
    /// Rows that have been read.
    private(set) var count = 0

    /// - Parameter list: in which all the values stand.
    init(_ reader: JSONTensorReader, rows: Int, in list: JSONElement) {
        self.reader = reader
        self.rows = rows
        self.list = list
    }

    /// Reads the next row. Throws as TensorFlow Serving does, which reads each value by itself and then compares its shape.
    mutating func append(_ value: JSONElement) throws(Status) {
        guard let sizes else { return try appendFirst(value) }
        do throws(Status) {
            try fill(value, sizes)
        } catch {
            try compare(value, with: sizes)
            throw error
        }
    }

    private mutating func appendFirst(_ value: JSONElement) throws(Status) {
        let own = JSONTensorReader.shape(of: value)
        sizes = own
        if own.count < TensorShape.maximumRank, JSONTensorReader.elementCount([rows] + own, in: list) != nil {
            let made = try reader.makeTensor([rows] + own)
            tensor = made
            rowBytes = made.byteCount / max(1, rows)
        }
        try fill(value, own)
    }

    private mutating func fill(_ value: JSONElement, _ sizes: [Int]) throws(Status) {
        guard let tensor else { return try checkTooLarge(value, sizes) }
        let place = UnsafeMutableRawBufferPointer(start: tensor.buffer.base + count * rowBytes, count: rowBytes)
        try reader.fill(value, sizes, place)
        count += 1
    }

    /// Some of the values can't have these sizes.
    private mutating func checkTooLarge(_ value: JSONElement, _ sizes: [Int]) throws(Status) {
        try reader.check(value, sizes)
        if sizes.count >= TensorShape.maximumRank { _ = try reader.makeTensor([rows] + sizes) }
        count += 1
    }

    /// Throws what is wrong with a value that does not have `sizes`.
    private func compare(_ value: JSONElement, with sizes: [Int]) throws(Status) {
        let own = JSONTensorReader.shape(of: value)
        try reader.check(value, own)
        guard let (size, wanted) = both(own, sizes, value), own != sizes else { return }
        guard size == wanted else {
            throw .invalidArgument("Expecting tensor size: \(wanted) but got: \(size)")
        }
        throw .invalidArgument(
            "Expecting shape \(JSONTensorReader.text(sizes)) but got: \(JSONTensorReader.text(own))")
    }

    private func both(_ own: [Int], _ sizes: [Int], _ value: JSONElement) -> (Int, Int)? {
        guard let size = JSONTensorReader.elementCount(own, in: value),
            let wanted = JSONTensorReader.elementCount(sizes, in: list)
        else { return nil }
        return (size, wanted)
    }

    /// The tensor with all rows.
    consuming func finish() throws(Status) -> Tensor {
        guard let tensor, count == rows else {
            throw .internalError("\(rows) elements of 'instances' became \(count) rows")
        }
        return tensor
    }
}
