import CServingProtos
import ServingCore
import Testing

@testable import ServingProtos

private func wire(_ build: (inout WireWriter) -> Void) -> [UInt8] {
    var writer = WireWriter()
    build(&writer)
    return writer.bytes
}

private func fault<Proto: ProtoMessage>(
    _ type: Proto.Type, _ bytes: [UInt8], limits: WireLimits = .request, failure: StatusCode = .invalidArgument
) -> Status {
    do throws(Status) {
        _ = try Message<Proto>(unpacking: bytes, limits: limits, failure: failure)
        return .ok
    } catch {
        return error
    }
}

@Test func realMessagesSurviveUnpackingAndPacking() throws {
    let request = Fixtures.bytes("predict_request.pb")
    let message = try Message<Tensorflow__Serving__PredictRequest>(unpacking: request)
    #expect(message.packed() == request)
    message.read {
        #expect(String(proto: $0.pointee.model_spec.pointee.name) == "half_plus_two")
        #expect($0.pointee.model_spec.pointee.version.pointee.value == 7)
        let inputs = Repeated.messages($0.pointee.inputs, $0.pointee.n_inputs)
        #expect(inputs.map { String(proto: $0.pointee.key) } == ["ids", "x"])
        #expect(Repeated.strings($0.pointee.output_filter, $0.pointee.n_output_filter) == ["y"])
        let ids = inputs[0].pointee.value.pointee
        #expect(Array(Repeated.values(ids.int64_val, ids.n_int64_val)) == [-1, 0, 5])
    }
    let model = Fixtures.bytes("saved_model.pb")
    let saved = try Message<Tensorflow__SavedModel>(unpacking: model, limits: .modelFile, failure: .dataLoss)
    #expect(saved.packed() == model)
}

@Test func emptyBytesAreAMessageWithoutFields() throws {
    let message = try Message<Tensorflow__Serving__ModelSpec>(unpacking: [])
    message.read {
        #expect(String(proto: $0.pointee.name) == "")
        #expect($0.pointee.version == nil)
    }
    #expect(message.packed() == [])
}

@Test func packingIntoMemoryWritesTheSameBytes() throws {
    let request = Fixtures.bytes("predict_request.pb")
    let message = try Message<Tensorflow__Serving__PredictRequest>(unpacking: request)
    let packed = [UInt8](unsafeUninitializedCapacity: request.count) { buffer, count in
        count = message.read { ProtoPacking.pack($0, into: UnsafeMutableRawBufferPointer(buffer)) }
    }
    #expect(packed == request)
    #expect(message.read { ProtoPacking.packedSize($0) } == request.count)
}

@Test func unknownFieldsAreSkippedAndKept() throws {
    let bytes = wire {
        $0.append(field: 1, string: "m")
        $0.append(field: 900, integer: 5)
        $0.append(field: 901, message: [1, 2, 3])
        $0.append(field: 902, float: 1)
        $0.append(field: 903, double: 1)
    }
    let message = try Message<Tensorflow__Serving__ModelSpec>(unpacking: bytes)
    #expect(message.read { String(proto: $0.pointee.name) } == "m")
    #expect(message.packed() == bytes)
}

@Test func malformedBytesAreNamedWithFieldAndPosition() {
    typealias Spec = Tensorflow__Serving__ModelSpec
    typealias Request = Tensorflow__Serving__PredictRequest
    let name = "tensorflow.serving"
    let cases: [(Status, String)] = [
        (fault(Spec.self, [0x80]), "malformed \(name).ModelSpec at byte 0: malformed field number"),
        (fault(Spec.self, [0x00, 0x01]), "malformed \(name).ModelSpec at byte 0: malformed field number"),
        (fault(Spec.self, [0x07]), "malformed \(name).ModelSpec at byte 0: malformed field number"),
        (
            fault(Spec.self, [0xf8, 0xff, 0xff, 0xff, 0x7f, 1]),
            "malformed \(name).ModelSpec at byte 0: malformed field number"
        ),
        (
            fault(Spec.self, [0x0a, 5, 0x61]),
            "malformed \(name).ModelSpec at byte 1 in field 'name': a length of 5 bytes where 1 are left"
        ),
        (
            fault(Spec.self, [0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]),
            "malformed \(name).ModelSpec at byte 1 in field 'name': malformed length"
        ),
        (
            fault(Spec.self, [0x0a, 2, 0xc3, 0x28]),
            "malformed \(name).ModelSpec at byte 2 in field 'name': text is not UTF-8 or holds a zero byte"
        ),
        (
            fault(Spec.self, [0x0a, 2, 0x61, 0]),
            "malformed \(name).ModelSpec at byte 3 in field 'name': text is not UTF-8 or holds a zero byte"
        ),
        (
            fault(Spec.self, [0x08, 1]),
            "malformed \(name).ModelSpec at byte 1 in field 'name': wire type 0 where 2 was expected"
        ),
        (
            fault(Spec.self, [0x12, 2, 0x08, 0x80]),
            "malformed \(name).ModelSpec at byte 3 in field 'version.value': the value is a malformed number"
        ),
        (
            fault(Spec.self, [0x12, 0, 0x12, 0]),
            "malformed \(name).ModelSpec at byte 3 in field 'version': a message that may be given once is given twice"
        ),
        (
            fault(Spec.self, [0xbb, 0x38, 0xbc, 0x38]),
            "malformed \(name).ModelSpec at byte 2: field 903 has the wire type 3, which is not supported"
        ),
        (
            fault(Spec.self, [0xbd, 0x38, 1, 2, 3]),
            "malformed \(name).ModelSpec at byte 2: field 903 is cut off"
        ),
        (
            fault(Request.self, wire { $0.append(field: 2, message: [0x12, 4, 0x2a, 2, 1, 2]) }),
            "malformed \(name).PredictRequest at byte 6 in field 'inputs.value.float_val': "
                + "2 bytes are not a whole number of 4-byte values"
        ),
        (
            fault(Request.self, wire { $0.append(field: 2, message: [0x12, 3, 0x52, 1, 0x80]) }),
            "malformed \(name).PredictRequest at byte 7 in field 'inputs.value.int64_val': the last number is cut off"
        ),
    ]
    for (status, message) in cases {
        #expect(status.code == .invalidArgument)
        #expect(status.message == message)
    }
    #expect(fault(Spec.self, [0x80], failure: .dataLoss).code == .dataLoss)
}

/// A TensorProto that holds a variant that holds a TensorProto …
private func nestedTensors(_ levels: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    for _ in 0..<levels {
        let variant = wire { $0.append(field: 3, message: bytes) }
        bytes = wire { $0.append(field: 15, message: variant) }
    }
    return bytes
}

@Test func nestingIsLimited() {
    #expect(fault(Tensorflow__TensorProto.self, nestedTensors(49)) == .ok)
    let status = fault(Tensorflow__TensorProto.self, nestedTensors(50))
    #expect(status.code == .invalidArgument)
    #expect(status.message.hasSuffix("messages are nested deeper than 100"))
    #expect(fault(Tensorflow__TensorProto.self, nestedTensors(3000)).message.hasSuffix("deeper than 100"))
}

@Test func sizeAndMemoryAreLimited() {
    let many = wire { writer in for _ in 0..<100_000 { writer.append(field: 15, message: []) } }
    let limits = WireLimits(memoryFactor: 4, memoryAllowance: 1000)
    let status = fault(Tensorflow__TensorProto.self, many, limits: limits)
    #expect(status.code == .resourceExhausted)
    #expect(
        status.message
            == "tensorflow.TensorProto in field 'variant_val': unpacking 200000 bytes would take more than the limit of "
            + "801000 bytes of memory")
    #expect(
        fault(Tensorflow__TensorProto.self, many, limits: WireLimits(byteCount: 10))
            == .resourceExhausted("tensorflow.TensorProto has 200000 bytes; the limit is 10"))
    #expect(fault(Tensorflow__TensorProto.self, many, limits: .modelFile) == .ok)
}

@Test func theMemoryEstimateCoversEverythingThatIsAllocated() throws {
    // The first block is made from the estimate; a second one would show that it was too low.
    for bytes in [Fixtures.bytes("saved_model.pb")] {
        let message = try Message<Tensorflow__SavedModel>(unpacking: bytes, limits: .modelFile)
        #expect(message.arena.blockCount == 1)
    }
    let many = wire { writer in
        for index in 0..<5000 {
            writer.append(field: 8, message: [UInt8](repeating: 65, count: index % 1500))
            writer.append(field: 1000 + index % 7, message: [1, 2, 3])
            writer.append(field: 11, message: [1, 0, 1])
        }
    }
    #expect(try Message<Tensorflow__TensorProto>(unpacking: many).arena.blockCount == 1)
}

@Test func writerSizesMatchWhatItWrites() {
    for value: UInt64 in [0, 1, 127, 128, 16383, 16384, 1 << 35, .max - 1, .max] {
        #expect(WireWriter.size(varint: value) == wire { $0.append(varint: value) }.count)
    }
    #expect(wire { $0.append(field: 1, integer: -1) } == [8] + [UInt8](repeating: 255, count: 9) + [1])
    #expect(wire { $0.append(field: 3, bool: true) } == [24, 1])
    #expect(wire { $0.append(field: 3, bool: false) } == [])
    #expect(wire { $0.append(field: 2, string: "ab") } == [18, 2, 97, 98])
    #expect(wire { $0.append(field: 1, float: -0.0) } == [13, 0, 0, 0, 128])
    #expect(
        WireWriter.size(field: 16, length: 200)
            == wire { $0.append(field: 16, message: [UInt8](repeating: 1, count: 200)) }.count)
}

@Test func tensorsOfManyEmptyStringsAreNoAttack() {
    let many = wire { writer in for _ in 0..<300_000 { writer.append(field: 8, message: []) } }
    #expect(fault(Tensorflow__TensorProto.self, many) == .ok)
}
