import Execution
import Graphs
import ServingCore
import Tensors

/// `StringLower` and `StringUpper`: of ASCII letters alone, or of all letters of UTF-8 texts.
let stringCaseOps: [OpDefinition] = [("StringLower", false), ("StringUpper", true)].map { name, isUpper in
    OpDefinition(name, infer: Inference.sameAsInput) { (construction) throws(Status) in
        switch try construction.attributes.string("encoding", default: "") {
        case "": StringCaseKernel(isUpper ? upperASCII : lowerASCII)
        case "utf-8": StringCaseKernel(isUpper ? upperText : lowerText)
        case let other:
            throw .invalidArgument("only utf-8 or '' (no encoding) is supported, received \(other)")
        }
    }
}

private let lowerASCII: @Sendable (UnsafeRawBufferPointer) -> [UInt8] = { bytes in
    bytes.map { $0 >= UInt8(ascii: "A") && $0 <= UInt8(ascii: "Z") ? $0 | 0x20 : $0 }
}

private let upperASCII: @Sendable (UnsafeRawBufferPointer) -> [UInt8] = { bytes in
    bytes.map { $0 >= UInt8(ascii: "a") && $0 <= UInt8(ascii: "z") ? $0 & ~0x20 : $0 }
}

private let lowerText: @Sendable (UnsafeRawBufferPointer) -> [UInt8] = { bytes in
    Array(String(decoding: bytes, as: UTF8.self).lowercased().utf8)
}

private let upperText: @Sendable (UnsafeRawBufferPointer) -> [UInt8] = { bytes in
    Array(String(decoding: bytes, as: UTF8.self).uppercased().utf8)
}

private final class StringCaseKernel: Kernel {
    private let convert: @Sendable (UnsafeRawBufferPointer) -> [UInt8]

    init(_ convert: @escaping @Sendable (UnsafeRawBufferPointer) -> [UInt8]) { self.convert = convert }

    func compute(_ context: borrowing KernelContext) throws(Status) {
        let input = context.input(0)
        try context.setStrings(0, input.shape, input.elements(ElementReference.self).map { convert($0.bytes) })
    }
}
