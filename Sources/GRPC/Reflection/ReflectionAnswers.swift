import CServingProtos
import ServingCore
import ServingProtos

/// What server reflection answers on one call: pure, from a request message to a response message.
///
/// A file comes with all that it imports, but an import that the same call was sent before is left out.
struct ReflectionAnswers {
    private let services: [String]
    private var sent: Set<FileDescriptors.File> = []

    private typealias Request = Grpc__Reflection__V1__ServerReflectionRequest

    /// - Parameter services: the full names of the services to list.
    init(services: [String]) { self.services = services }

    /// The response to an encoded request of either version, which are the same on the wire.
    ///
    /// INVALID_ARGUMENT for a request that asks for nothing or cannot be decoded; what is not found is a response.
    mutating func answer(_ bytes: UnsafeRawBufferPointer) throws(Status) -> [UInt8] {
        let message = try Message<Grpc__Reflection__V1__ServerReflectionRequest>(unpacking: bytes)
        var writer = WireWriter()
        writer.append(field: 1, string: message.read { String(proto: $0.pointee.host) })
        writer.append(field: 2, message: bytes)
        do throws(Status) {
            let (field, content) = try message.read { (request) throws(Status) in try response(to: request) }
            writer.append(field: field, message: content)
        } catch {
            guard error.code == .notFound else { throw error }
            var failure = WireWriter()
            failure.append(field: 1, integer: Int64(error.code.rawValue))
            failure.append(field: 2, string: error.message)
            writer.append(field: 7, message: failure.bytes)
        }
        return writer.bytes
    }

    /// The number of the response's field and its content; NOT_FOUND for what does not exist.
    private mutating func response(to request: UnsafePointer<Request>) throws(Status) -> (Int, [UInt8]) {
        switch request.pointee.message_request_case {
        case byFilename:
            let name = String(proto: request.pointee.file_by_filename)
            guard let file = FileDescriptors.file(named: name) else { throw .notFound("File not found: \(name)") }
            return (4, files(from: file))
        case containingSymbol:
            let symbol = String(proto: request.pointee.file_containing_symbol)
            guard let file = FileDescriptors.file(declaring: symbol) else {
                throw .notFound("Symbol not found: \(symbol)")
            }
            return (4, files(from: file))
        case containingExtension:
            guard let wanted = request.pointee.file_containing_extension else { break }
            throw .notFound(
                "Extension not found: \(wanted.pointee.extension_number) of "
                    + String(proto: wanted.pointee.containing_type))
        case extensionNumbers:
            let type = String(proto: request.pointee.all_extension_numbers_of_type)
            // None of the files extends anything.
            guard FileDescriptors.isMessage(type) else { throw .notFound("Type not found: \(type)") }
            var writer = WireWriter()
            writer.append(field: 1, string: type)
            return (5, writer.bytes)
        case listServices: return (6, list())
        default: break
        }
        throw .invalidArgument("expected one of the fields of message_request to be set, got none")
    }

    private func list() -> [UInt8] {
        var writer = WireWriter()
        for service in services {
            var entry = WireWriter()
            entry.append(field: 1, string: service)
            writer.append(field: 1, message: entry.bytes)
        }
        return writer.bytes
    }

    private mutating func files(from first: FileDescriptors.File) -> [UInt8] {
        var writer = WireWriter()
        writer.append(field: 1, message: first.bytes)
        sent.insert(first)
        var queue = first.imports
        while let file = queue.popLast() {
            guard sent.insert(file).inserted else { continue }
            writer.append(field: 1, message: file.bytes)
            queue += file.imports
        }
        return writer.bytes
    }
}

private let byFilename = GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_FILE_BY_FILENAME
private let containingSymbol = GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_FILE_CONTAINING_SYMBOL
private let containingExtension =
    GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_FILE_CONTAINING_EXTENSION
private let extensionNumbers =
    GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_ALL_EXTENSION_NUMBERS_OF_TYPE
private let listServices = GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_LIST_SERVICES
