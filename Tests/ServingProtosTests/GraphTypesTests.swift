import CServingProtos
import ServingCore
import Tensors
import Testing

@testable import ServingProtos

@Test func referenceTypesOfGraphsCountAsPlainTypes() throws {
    #expect(try DataType(dereferencing: TENSORFLOW__DATA_TYPE__DT_FLOAT_REF) == .float)
    #expect(try DataType(dereferencing: TENSORFLOW__DATA_TYPE__DT_UINT64_REF) == .uint64)
    #expect(try DataType(dereferencing: TENSORFLOW__DATA_TYPE__DT_STRING) == .string)
    for number: UInt32 in [0, 24, 100, 124, 129, 999] {
        #expect(throws: Status.self) { try DataType(dereferencing: Tensorflow__DataType(number)) }
    }
    for type in DataType.allCases where type != .invalid { #expect(try DataType(proto: type.proto) == type) }
}

@Test func partialShapesKeepWhatIsKnown() throws {
    func shape(_ text: String) throws -> PartialShape {
        let message = try TextFormat.parse(text, fileName: "", as: Tensorflow__TensorShapeProto.self)
        return message.read { PartialShape(proto: $0) }
    }
    #expect(try shape("dim { size: -1 } dim { size: 28 }").dimensions == [-1, 28])
    #expect(try shape("dim { size: -9 } dim { }").dimensions == [-1, 0])
    #expect(try shape("").dimensions == [])
    #expect(try shape("unknown_rank: true").dimensions == nil)
    #expect(PartialShape(proto: nil).dimensions == nil)
}
