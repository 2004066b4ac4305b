import Execution
import Graphs
import ServingCore
import Tensors

/// `AsString`: numbers as texts, formatted as C's `printf` does.
let asStringOps: [OpDefinition] = [
    OpDefinition(
        "AsString",
        infer: { (facts) throws(Status) in [TensorFact(.string, try facts.input(0).shape)] },
        makeKernel: { (construction) throws(Status) in try AsStringKernel(construction) })
]

private final class AsStringKernel: Kernel {
    private let format: String

    init(_ construction: KernelConstruction) throws(Status) {
        let type = try construction.input(0).dataType
        let attributes = construction.attributes
        let precision = try attributes.int("precision", default: -1)
        let isScientific = try attributes.bool("scientific", default: false)
        let isShortest = try attributes.bool("shortest", default: false)
        let width = try attributes.int("width", default: -1)
        let fill = try attributes.string("fill", default: "")
        let hasReals = type.isFloatingPoint || type.isComplex
        try AsStringKernel.checkReals(hasReals, type, precision, isScientific, isShortest)
        guard fill.utf8.count <= 1 else {
            throw .invalidArgument("Fill string must be one or fewer characters")
        }
        guard fill.isEmpty || "+- 0#".contains(fill) else {
            throw .invalidArgument("Fill argument not supported: \"\(fill)\"")
        }
        guard width <= 1000, precision <= 1000 else {
            throw .invalidArgument("width and precision may be at most 1000, but are \(width) and \(precision)")
        }
        var conversion = "%" + (width > -1 ? fill + String(width) : "")
        if precision > -1 { conversion += ".\(precision)" }
        switch type {
        case .int8, .int16, .int32, .int64: conversion += "lld"
        case .uint8, .uint16, .uint32, .uint64: conversion += "llu"
        case .float, .double, .half, .bfloat16, .complex64, .complex128:
            conversion += isScientific ? "e" : isShortest ? "g" : "f"
        case .bool: conversion = ""
        case .string: conversion = "%" + (width > -1 ? fill + String(width) : "") + "s"
        default: throw construction.unsupported(type)
        }
        format = type.isComplex ? "(\(conversion),\(conversion))" : conversion
    }

    private static func checkReals(
        _ hasReals: Bool, _ type: DataType, _ precision: Int, _ isScientific: Bool, _ isShortest: Bool
    ) throws(Status) {
        guard hasReals || precision <= -1 else {
            throw .invalidArgument("precision not supported for datatype \(type.name)")
        }
        guard hasReals || !(isScientific || isShortest) else {
            throw .invalidArgument("scientific and shortest format not supported for datatype \(type.name)")
        }
        guard !(isScientific && isShortest) else {
            throw .invalidArgument("Cannot select both scientific and shortest notation")
        }
    }

    func compute(_ context: borrowing KernelContext) throws(Status) {
        let input = context.input(0)
        var texts: [[UInt8]] = []
        texts.reserveCapacity(input.elementCount)
        for index in 0..<input.elementCount { texts.append(text(input, index)) }
        try context.setStrings(0, input.shape, texts)
    }

    private func text(_ input: Tensor, _ index: Int) -> [UInt8] {
        switch input.dataType {
        case .int8: return number(Int64(input.pointer(Int8.self)[index]))
        case .int16: return number(Int64(input.pointer(Int16.self)[index]))
        case .int32: return number(Int64(input.pointer(Int32.self)[index]))
        case .int64: return number(input.pointer(Int64.self)[index])
        case .uint8: return number(UInt64(input.pointer(UInt8.self)[index]))
        case .uint16: return number(UInt64(input.pointer(UInt16.self)[index]))
        case .uint32: return number(UInt64(input.pointer(UInt32.self)[index]))
        case .uint64: return number(input.pointer(UInt64.self)[index])
        case .float: return number(Double(input.pointer(Float.self)[index]))
        case .half: return number(Double(input.pointer(Half.self)[index].floatValue))
        case .bfloat16: return number(Double(input.pointer(BFloat16.self)[index].floatValue))
        case .double: return number(input.pointer(Double.self)[index])
        case .complex64:
            let value = input.pointer(Complex<Float>.self)[index]
            return Array(formatted(format, Double(value.real), Double(value.imaginary)).utf8)
        case .complex128:
            let value = input.pointer(Complex<Double>.self)[index]
            return Array(formatted(format, value.real, value.imaginary).utf8)
        case .bool: return Array((input.pointer(Bool.self)[index] ? "true" : "false").utf8)
        default: return padded(Array(input.pointer(ElementReference.self)[index].bytes))
        }
    }

    private func number(_ value: some CVarArg) -> [UInt8] {
        // The common case without C's machinery.
        if format == "%lld" || format == "%llu" { return Array("\(value)".utf8) }
        return Array(formatted(format, value).utf8)
    }

    /// Fills up a text to the width in the format: on the right after `-`, else on the left.
    private func padded(_ text: [UInt8]) -> [UInt8] {
        let flags = format.dropFirst().dropLast()
        let width = Int(flags.drop { !$0.isNumber }) ?? 0
        guard text.count < width else { return text }
        let space = [UInt8](repeating: UInt8(ascii: " "), count: width - text.count)
        return flags.hasPrefix("-") ? text + space : space + text
    }
}
