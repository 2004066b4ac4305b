import CProtobufC
import Testing

@testable import ServingProtos

/// Field and enum types as schema.txt names them.
private func kind(_ field: FieldDescriptor) -> String {
    let names: [(ProtobufCType, String)] = [
        (PROTOBUF_C_TYPE_INT32, "int32"), (PROTOBUF_C_TYPE_SINT32, "sint32"), (PROTOBUF_C_TYPE_SFIXED32, "sfixed32"),
        (PROTOBUF_C_TYPE_INT64, "int64"), (PROTOBUF_C_TYPE_SINT64, "sint64"), (PROTOBUF_C_TYPE_SFIXED64, "sfixed64"),
        (PROTOBUF_C_TYPE_UINT32, "uint32"), (PROTOBUF_C_TYPE_FIXED32, "fixed32"), (PROTOBUF_C_TYPE_UINT64, "uint64"),
        (PROTOBUF_C_TYPE_FIXED64, "fixed64"), (PROTOBUF_C_TYPE_FLOAT, "float"), (PROTOBUF_C_TYPE_DOUBLE, "double"),
        (PROTOBUF_C_TYPE_BOOL, "bool"), (PROTOBUF_C_TYPE_STRING, "string"), (PROTOBUF_C_TYPE_BYTES, "bytes"),
    ]
    if let name = names.first(where: { $0.0 == field.pointee.type }) { return name.1 }
    if let message = field.messageDescriptor { return "message \(message.fullName)" }
    return "enum " + (field.enumDescriptor.map { String(cString: $0.pointee.name) } ?? "?")
}

@Test func generatedMessagesHaveTheOfficialFields() {
    var official: [String: String] = [:]
    var messages: Set<String> = []
    for row in Fixtures.rows("schema.txt") {
        if row[0] == "message" { messages.insert(row[1]) }
        if row[0] == "field" {
            let oneof = row[5] == "-" ? "-" : "oneof"
            official["\(row[1]).\(row[2])"] = "\(row[3]) \(row[4]) \(oneof) \(row[6...].joined(separator: " "))"
        }
    }
    var compared = 0
    for descriptor in MessageDescriptors.all where messages.contains(descriptor.fullName) {
        for index in descriptor.fields.indices {
            let field = descriptor.field(at: index)
            // Higher numbers are our own fields.
            guard field.pointee.id <= 1000 else { continue }
            let label = field.isRepeated ? "repeated" : "single"
            let ours = "\(field.pointee.id) \(label) \(field.isOneofMember ? "oneof" : "-") \(kind(field))"
            #expect(official["\(descriptor.fullName).\(field.name)"] == ours, "\(descriptor.fullName).\(field.name)")
            compared += 1
        }
    }
    #expect(compared == official.count)
    #expect(compared > 500)
}

@Test func everyPublishedMessageIsCompared() {
    let messages = Set(Fixtures.rows("schema.txt").filter { $0[0] == "message" }.map { $0[1] })
    // gRPC's own messages, and those of this server, are not TensorFlow's to publish.
    let ours = MessageDescriptors.all.map(\.fullName).filter { name in
        !["grpc.", "model_server."].contains { name.hasPrefix($0) }
    }
    let unpublished = ours.filter { !messages.contains($0) }
    #expect(
        Set(unpublished) == [
            "tensorflow.serving.SSLConfig", "tensorflow.serving.PrometheusConfig",
            "tensorflow.serving.MonitoringConfig",
            "tensorflow.serving.SessionBundleConfig", "tensorflow.serving.BatchingParameters",
            "tensorflow.ToolRequestOptions", "tensorflow.ProfileRequest", "tensorflow.ProfileRequest.ToolOptionsEntry",
            "tensorflow.ProfileToolData", "tensorflow.ProfileResponse", "tensorflow.TerminateRequest",
            "tensorflow.TerminateResponse", "tensorflow.MonitorRequest", "tensorflow.MonitorResponse",
            "tensorflow.ProfilerServiceMonitorResult",
        ])
}

@Test func descriptorsFindFieldsByNumberAndName() {
    for descriptor in MessageDescriptors.all {
        #expect(MessageDescriptors.find(descriptor.fullName) == descriptor)
        for index in descriptor.fields.indices {
            let field = descriptor.field(at: index)
            #expect(descriptor.fieldIndex(number: field.pointee.id) == index)
            #expect(Array(field.name.utf8).withUnsafeBytes { descriptor.fieldIndex(name: $0) } == index)
        }
        for number: UInt32 in [0, 100_000, 0x1fff_ffff, .max] { #expect(descriptor.fieldIndex(number: number) == nil) }
        for name in ["", "zzz", "a", "name\0", "\0"] {
            #expect(Array(name.utf8).withUnsafeBytes { descriptor.fieldIndex(name: $0) } == nil)
        }
    }
    #expect(MessageDescriptors.find("tensorflow.Nothing") == nil)
}
