import ServingProtos

/// The binary form of a `PredictionLog`.
enum PredictionLogEncoding {
    /// What is known of a logged call.
    struct Metadata {
        /// The packed `ModelSpec` of the answer.
        let modelSpec: [UInt8]
        /// A packed `SamplingConfig`.
        let samplingConfig: [UInt8]
        let tags: [String]
        /// Seconds since 1970.
        let seconds: Int64

        /// A `LogMetadata`.
        var encoded: [UInt8] {
            var writer = WireWriter()
            writer.append(field: 1, message: modelSpec)
            writer.append(field: 2, message: samplingConfig)
            for tag in tags { writer.append(field: 3, message: Array(tag.utf8)) }
            writer.append(field: 4, integer: seconds)
            return writer.bytes
        }
    }

    /// - Parameters:
    ///   - request: the packed request of the call.
    ///   - answer: to it.
    static func encode(
        _ metadata: Metadata, _ call: ObservedPrediction.Call, request: UnsafeRawBufferPointer, answer: WireAnswer
    ) -> [UInt8] {
        let head = metadata.encoded
        let callSize =
            WireWriter.size(field: 1, length: request.count) + WireWriter.size(field: 2, length: answer.byteCount)
        let size =
            WireWriter.size(field: 1, length: head.count) + WireWriter.size(field: call.logField, length: callSize)
        return [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            var writer = WireWriter(into: UnsafeMutableRawBufferPointer(buffer))
            writer.append(field: 1, message: head)
            writer.appendHeader(field: call.logField, length: callSize)
            writer.append(field: 1, message: request)
            writer.appendHeader(field: 2, length: answer.byteCount)
            // The answer is the end of the record.
            let rest = UnsafeMutableRawBufferPointer(
                rebasing: UnsafeMutableRawBufferPointer(buffer)[writer.count..<size])
            answer.write(to: rest)
            count = size
        }
    }
}
