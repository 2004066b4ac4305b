import CServingProtos
import ServingCore
import ServingProtos
import Testing

@testable import GRPC

private let withFiles =
    GRPC__REFLECTION__V1__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_FILE_DESCRIPTOR_RESPONSE

private typealias Response = Message<Grpc__Reflection__V1__ServerReflectionResponse>

@Suite struct ReflectionAnswersTests {
    /// The encoded request whose string field `number` holds `text`.
    private func request(_ number: Int, _ text: String) -> [UInt8] {
        var writer = WireWriter()
        writer.append(field: number, message: Array(text.utf8))
        return writer.bytes
    }

    private func files(_ answers: inout ReflectionAnswers, _ number: Int, _ text: String) throws -> Int {
        let bytes = try request(number, text).withUnsafeBytes { (bytes) throws(Status) in try answers.answer(bytes) }
        return try Response(unpacking: bytes).read { response in
            guard response.pointee.message_response_case == withFiles else { return 0 }
            return response.pointee.file_descriptor_response?.pointee.n_file_descriptor_proto ?? 0
        }
    }

    @Test func importsAreSentOnceAndTheFileItselfEachTime() throws {
        var answers = ReflectionAnswers(services: [])
        let symbol = "tensorflow.serving.GetModelStatusRequest"
        let first = try files(&answers, 4, symbol)
        // get_model_status.proto, model.proto, wrappers.proto, status.proto and error_codes.proto.
        #expect(first == 5)
        #expect(try files(&answers, 4, symbol) == 1)
        #expect(try files(&answers, 3, "tensorflow_serving/apis/model.proto") == 1)
        #expect(try files(&answers, 3, "nowhere.proto") == 0)
    }

    @Test func theRequestIsEchoedAsItCame() throws {
        var answers = ReflectionAnswers(services: ["a.B"])
        let bytes = request(7, "anything")
        let answer = try bytes.withUnsafeBytes { (bytes) throws(Status) in try answers.answer(bytes) }
        let response = try Response(unpacking: answer)
        response.read { response in
            #expect(response.pointee.original_request.map { ProtoPacking.packed(UnsafePointer($0)) } == bytes)
            #expect(response.pointee.list_services_response?.pointee.n_service == 1)
        }
    }

    @Test(arguments: [[], [0x0a, 0xff], [0x22, 1, 0xff], [0x08, 1], [0x2a, 2, 0x10, 1, 0x33]] as [[UInt8]])
    func whatAsksForNothingIsRefused(_ bytes: [UInt8]) {
        var answers = ReflectionAnswers(services: [])
        let error = #expect(throws: Status.self) {
            try bytes.withUnsafeBytes { (bytes) throws(Status) in try answers.answer(bytes) }
        }
        #expect(error?.code == .invalidArgument)
    }

    @Test func everyDeclaredNameIsFoundAndOthersAreNot() {
        #expect(FileDescriptors.all.count > 30)
        for file in FileDescriptors.all {
            #expect(FileDescriptors.file(named: file.name) == file)
            #expect(file.bytes.count > 20)
            #expect(file.imports.allSatisfy { $0 != file })
        }
        for symbol in ["tensorflow.TensorProto", "grpc.health.v1.Health", "google.protobuf.Any.type_url"] {
            #expect(FileDescriptors.file(declaring: symbol) != nil, "\(symbol)")
        }
        #expect(FileDescriptors.isMessage("tensorflow.TensorProto"))
        #expect(!FileDescriptors.isMessage("grpc.health.v1.Health"))
        for symbol in ["", ".", "tensorflow", "zzz", "tensorflow.TensorProto.", "A", "é"] {
            #expect(FileDescriptors.file(declaring: symbol) == nil && FileDescriptors.file(named: symbol) == nil)
        }
    }
}
