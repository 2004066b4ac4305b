import ServingCore
import Tensors

extension TensorSource {
    /// Reads an encoded `TensorProto` in place if it is written as most clients do: a dtype, a shape of plain sizes, and
    /// either `tensor_content` or packed floats.
    ///
    /// Nil for everything else, also for what cannot be decoded: it is to be unpacked then, and checked. The value is the same.
    /// - Parameters:
    ///   - byteLimit: bounds the memory of the elements.
    ///   - owner: keeps `bytes` valid.
    public init?(plain bytes: UnsafeRawBufferPointer, byteLimit: Int, owner: AnyObject) {
        guard let fields = PlainTensorFields(bytes), let shape = fields.shape else { return nil }
        let type = fields.dataType
        let (byteCount, overflow) = shape.elementCount.multipliedReportingOverflow(by: type.byteCount)
        guard !overflow, byteCount <= byteLimit,
            let contents = Contents(fields, elements: shape.elementCount, byteCount: byteCount)
        else { return nil }
        self.init(dataType: type, shape: shape, byteCount: byteCount, contents: contents, owner: owner)
    }
}

extension TensorSource.Contents {
    fileprivate init?(_ fields: PlainTensorFields, elements: Int, byteCount: Int) {
        let size = fields.dataType.byteCount
        if elements == 0 || fields.elements.isEmpty {
            self = .zeros
        } else if fields.areTyped {
            let given = fields.elements.count / size
            guard given * size == fields.elements.count else { return nil }
            self =
                given < elements
                ? .first(fields.elements)
                : .raw(UnsafeRawBufferPointer(rebasing: fields.elements[..<byteCount]))
        } else {
            guard fields.elements.count == byteCount else { return nil }
            self = fields.dataType == .bool ? .booleanBytes(fields.elements) : .raw(fields.elements)
        }
    }
}

/// The fields of a `TensorProto` that is written as most clients do.
private struct PlainTensorFields {
    private(set) var dataType = DataType.invalid
    private var shapeBytes: UnsafeRawBufferPointer?
    private(set) var elements = UnsafeRawBufferPointer(start: nil, count: 0)
    /// Whether the elements are those of the typed field, of which there may be too few or too many.
    private(set) var areTyped = false

    init?(_ bytes: UnsafeRawBufferPointer) {
        guard var fields = PlainFields(bytes) else { return nil }
        var hasElements = false
        while !fields.isAtEnd {
            guard let tag = fields.tag() else { return nil }
            if tag == PlainTag.number(1) {
                guard dataType == .invalid, let number = fields.number(), let type = PlainTensorFields.type(number)
                else { return nil }
                dataType = type
                continue
            }
            guard let content = fields.delimited() else { return nil }
            if tag == PlainTag.delimited(2) {
                guard shapeBytes == nil else { return nil }
                shapeBytes = content
            } else {
                guard !hasElements, take(content, tag) else { return nil }
                hasElements = true
            }
        }
        guard dataType != .invalid else { return nil }
    }

    /// Takes the elements, behind the dtype, so that it is known whether the field counts.
    private mutating func take(_ content: UnsafeRawBufferPointer, _ tag: UInt8) -> Bool {
        switch (tag, dataType) {
        case (_, .invalid): return false
        case (PlainTag.delimited(4), _): areTyped = false
        case (PlainTag.delimited(5), .float), (PlainTag.delimited(6), .double): areTyped = true
        default: return false
        }
        elements = content
        return true
    }

    /// Nil if something is wrong with it, or if it has names or an unknown rank.
    var shape: TensorShape? {
        guard let shapeBytes, !shapeBytes.isEmpty else { return TensorShape() }
        return withUnsafeTemporaryAllocation(of: Int.self, capacity: TensorShape.maximumRank) { sizes in
            guard var fields = PlainFields(shapeBytes) else { return nil }
            var rank = 0
            while !fields.isAtEnd {
                guard rank < sizes.count, fields.tag() == PlainTag.delimited(2), let dimension = fields.delimited(),
                    let size = PlainTensorFields.size(dimension)
                else { return nil }
                sizes[rank] = size
                rank += 1
            }
            return TensorShape(validating: UnsafeMutableBufferPointer(rebasing: sizes[..<rank]))
        }
    }

    /// The size in an encoded `Dim`, which may be left out if it is zero.
    private static func size(_ dimension: UnsafeRawBufferPointer) -> Int? {
        guard !dimension.isEmpty, var fields = PlainFields(dimension) else { return dimension.isEmpty ? 0 : nil }
        guard fields.tag() == PlainTag.number(1), let size = fields.number(), fields.isAtEnd else { return nil }
        return size
    }

    private static func type(_ number: Int) -> DataType? {
        guard let number = Int32(exactly: number), let type = DataType(rawValue: number) else { return nil }
        switch type {
        case .invalid, .string, .resource, .variant: return nil
        default: return type
        }
    }
}
