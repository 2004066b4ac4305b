import CServingProtos
import Models
import Records
import ServingCore
import ServingProtos

/// The warm-up file of a version: `assets.extra/tf_serving_warmup_requests`, a TFRecord file of `PredictionLog`s.
struct WarmUpFile {
    /// What became of the records.
    struct Outcome: Equatable {
        /// Records that were run.
        var run = 0
        /// Records of signatures that this server can't serve, by signature.
        var skipped: [String: Int] = [:]
    }

    let path: String
    private let checksMethodNames: Bool

    /// More records make the file invalid.
    static let maximumRecords = 1000
    /// Bytes of a broken record that an error shows.
    private static let shownBytes = 256

    /// - Parameter directory: the version's.
    init(directory: String, checksMethodNames: Bool = false) {
        path = directory + "/assets.extra/tf_serving_warmup_requests"
        self.checksMethodNames = checksMethodNames
    }

    /// Runs each record `iterations` times, one after the other. Nil if there is no such file.
    ///
    /// Throws with TensorFlow Serving's texts: DATA_LOSS if the file is no TFRecord file, INVALID_ARGUMENT for a record
    /// that is no `PredictionLog` and for too many of them, UNIMPLEMENTED for records of streamed or session calls, and what
    /// Predict would answer to a request that fails, with the number of the record behind it.
    func replay(on model: Model, iterations: Int, isWanted: () -> Bool) throws(Status) -> Outcome? {
        var reader: TFRecordReader
        do throws(Status) {
            reader = try TFRecordReader(path: path)
        } catch {
            guard error.code == .notFound else { throw error }
            return nil
        }
        var outcome = Outcome()
        var number = 0
        while let record = try next(&reader) {
            guard isWanted() else { throw .loadingCancelled }
            number += 1
            guard number <= WarmUpFile.maximumRecords else {
                throw .invalidArgument(
                    "Number of warmup records exceeds the maximum (\(WarmUpFile.maximumRecords)) at \(path)")
            }
            let log = try parse(record)
            do throws(Status) {
                try run(log, record.count, model, iterations, isWanted, &outcome)
            } catch {
                throw error == .loadingCancelled ? error : error.appending(" (warm-up record \(number) of \(path))")
            }
        }
        return outcome
    }

    private func next(_ reader: inout TFRecordReader) throws(Status) -> [UInt8]? {
        do throws(Status) {
            return try reader.next()
        } catch {
            guard error.code == .dataLoss else { throw error }
            throw error.appending(". Please verify your warmup data is in TFRecord format.")
        }
    }

    private func parse(_ record: [UInt8]) throws(Status) -> Message<Tensorflow__Serving__PredictionLog> {
        do throws(Status) {
            return try Message(unpacking: record)
        } catch {
            guard error.code == .invalidArgument else { throw error }
            throw .invalidArgument("Failed to parse warmup record: \(WarmUpFile.shown(record)) from \(path)")
        }
    }

    /// The beginning of `record` as text; what cannot be printed is escaped.
    private static func shown(_ record: [UInt8]) -> String {
        let text = String(decoding: record.prefix(shownBytes), as: UTF8.self)
        let escaped = text.unicodeScalars.map { $0.value < 0x20 ? $0.escaped(asASCII: false) : String($0) }.joined()
        return record.count > shownBytes ? escaped + "..." : escaped
    }

    private func run(
        _ log: Message<Tensorflow__Serving__PredictionLog>, _ byteCount: Int, _ model: Model, _ iterations: Int,
        _ isWanted: () -> Bool, _ outcome: inout Outcome
    ) throws(Status) {
        if log.read({ $0.pointee.log_type_case }) == TENSORFLOW__SERVING__PREDICTION_LOG__LOG_TYPE__NOT_SET { return }
        if let name = WarmUpFile.refusedSignature(log, model) {
            outcome.skipped["signature \(name)", default: 0] += 1
            return
        }
        for _ in 0..<iterations {
            guard isWanted() else { throw .loadingCancelled }
            try call(log, byteCount, model)
        }
        outcome.run += 1
    }

    private func call(
        _ log: Message<Tensorflow__Serving__PredictionLog>, _ byteCount: Int, _ model: Model
    ) throws(Status) {
        try log.read { (record) throws(Status) in
            switch record.pointee.log_type_case {
            case TENSORFLOW__SERVING__PREDICTION_LOG__LOG_TYPE_PREDICT_LOG: try predict(log, byteCount, model)
            case TENSORFLOW__SERVING__PREDICTION_LOG__LOG_TYPE_CLASSIFY_LOG:
                try infer(record.pointee.classify_log.pointee.request, model)
            case TENSORFLOW__SERVING__PREDICTION_LOG__LOG_TYPE_REGRESS_LOG:
                try infer(record.pointee.regress_log.pointee.request, model)
            case TENSORFLOW__SERVING__PREDICTION_LOG__LOG_TYPE_MULTI_INFERENCE_LOG:
                try infer(record.pointee.multi_inference_log.pointee.request, model)
            case let other: throw .unimplemented("Unsupported log_type for warmup: \(other.rawValue)")
            }
        }
    }

    /// Runs a logged Classify, Regress or MultiInference request.
    private func infer<Request: InferenceRequest>(
        _ request: UnsafeMutablePointer<Request>?, _ model: Model
    ) throws(Status) {
        guard let request else { throw .invalidArgument("Input is empty.") }
        try InferenceMessage<Request>(copying: ProtoPacking.packed(UnsafePointer(request)))
            .rehearse(on: model, checksMethodNames: checksMethodNames)
    }

    /// The signature that a logged request asks for if `model` has it but can't serve it.
    private static func refusedSignature(
        _ log: Message<Tensorflow__Serving__PredictionLog>, _ model: Model
    ) -> String? {
        log.read { record in
            var specs: [UnsafeMutablePointer<Tensorflow__Serving__ModelSpec>?] = []
            switch record.pointee.log_type_case {
            case TENSORFLOW__SERVING__PREDICTION_LOG__LOG_TYPE_PREDICT_LOG:
                specs = [record.pointee.predict_log.pointee.request?.pointee.model_spec]
            case TENSORFLOW__SERVING__PREDICTION_LOG__LOG_TYPE_CLASSIFY_LOG:
                specs = [record.pointee.classify_log.pointee.request?.pointee.model_spec]
            case TENSORFLOW__SERVING__PREDICTION_LOG__LOG_TYPE_REGRESS_LOG:
                specs = [record.pointee.regress_log.pointee.request?.pointee.model_spec]
            case TENSORFLOW__SERVING__PREDICTION_LOG__LOG_TYPE_MULTI_INFERENCE_LOG:
                guard let request = record.pointee.multi_inference_log.pointee.request?.pointee else { break }
                specs = Repeated.messages(request.tasks, request.n_tasks).map { $0.pointee.model_spec }
            default: break
            }
            let names = specs.map {
                Prediction.signatureName($0.map { String(proto: $0.pointee.signature_name) } ?? "")
            }
            return names.first { model.refusedSignatures[$0] != nil }
        }
    }

    private func predict(
        _ log: Message<Tensorflow__Serving__PredictionLog>, _ byteCount: Int, _ model: Model
    ) throws(Status) {
        let logged = log.read { $0.pointee.predict_log.pointee.request.map { UnsafePointer($0) } }
        // A log without a request stands for the empty one.
        let empty = try Message<Tensorflow__Serving__PredictRequest>(unpacking: [])
        let arena = logged == nil ? empty.arena : log.arena
        defer { withExtendedLifetime((log, empty)) {} }
        try Prediction.rehearse(
            logged ?? empty.pointer, byteCount: byteCount, arena: arena, on: model,
            checksMethodNames: checksMethodNames)
    }
}
