import GRPC
import Services
import ServingCore
import Threading

extension MethodRouter {
    /// The calls of TensorFlow Serving's API.
    init(serving context: ServiceContext) {
        self.init()
        let readers = ThreadLocal { [manager = context.manager] in manager.makeReader() }
        let prediction = PredictionService(context)
        let inference = InferenceService(context)
        let metadata = MetadataService(context)
        let models = ModelService(context)
        register("/tensorflow.serving.PredictionService/Predict") { call in
            prediction.predict(ServiceCall(call), readers)
        }
        register("/tensorflow.serving.PredictionService/Classify") { call in
            inference.classify(ServiceCall(call), readers)
        }
        register("/tensorflow.serving.PredictionService/Regress") { call in
            inference.regress(ServiceCall(call), readers)
        }
        register("/tensorflow.serving.PredictionService/MultiInference") { call in
            inference.multiInference(ServiceCall(call), readers)
        }
        register("/tensorflow.serving.PredictionService/GetModelMetadata") { call in
            metadata.getModelMetadata(ServiceCall(call), readers)
        }
        register("/tensorflow.serving.ModelService/GetModelStatus") { call in
            models.getModelStatus(ServiceCall(call))
        }
        register("/tensorflow.serving.ModelService/HandleReloadConfigRequest") { call in
            models.handleReloadConfigRequest(ServiceCall(call))
        }
    }

    /// The calls of TensorFlow's profiler.
    mutating func register(_ profiler: ProfilerService) {
        register("/tensorflow.ProfilerService/Profile") { call in
            profiler.profile(ServiceCall(call))
            call.onCancel { profiler.wake() }
        }
        register("/tensorflow.ProfilerService/Terminate") { call in profiler.terminate(ServiceCall(call)) }
        register("/tensorflow.ProfilerService/Monitor") { call in
            profiler.monitor(ServiceCall(call))
            call.onCancel { profiler.wake() }
        }
    }
}

extension ServiceCall {
    /// A gRPC call as the services see it.
    init(_ call: GRPCCall) {
        self.init(
            message: call.message, owner: call, deadline: call.deadline, cancellation: call.cancellation
        ) { result in
            do throws(Status) {
                let answer = try result.get()
                call.respond(try OutgoingMessage(byteCount: answer.byteCount) { answer.write(to: $0) })
            } catch {
                call.fail(error)
            }
        }
    }
}
