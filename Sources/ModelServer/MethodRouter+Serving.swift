import GRPC
import Services
import ServingCore
import Threading

extension MethodRouter {
    /// The calls of TensorFlow Serving's API.
    /// - Parameter admin: who may call those that change the server.
    init(serving context: ServiceContext, _ admin: AdminAccess) {
        self.init()
        let readers = ThreadLocal { [manager = context.manager] in manager.makeReader() }
        let prediction = PredictionService(context)
        let inference = InferenceService(context)
        let metadata = MetadataService(context)
        let models = ModelService(context)
        register("/tensorflow.serving.PredictionService/Predict", .predict, context) { call in
            prediction.predict(call, readers)
        }
        register("/tensorflow.serving.PredictionService/Classify", .classify, context) { call in
            inference.classify(call, readers)
        }
        register("/tensorflow.serving.PredictionService/Regress", .regress, context) { call in
            inference.regress(call, readers)
        }
        register("/tensorflow.serving.PredictionService/MultiInference", .multiInference, context) { call in
            inference.multiInference(call, readers)
        }
        register("/tensorflow.serving.PredictionService/GetModelMetadata") { call in
            metadata.getModelMetadata(ServiceCall(call, context.monitor(.getModelMetadata, call)), readers)
        }
        register("/tensorflow.serving.ModelService/GetModelStatus") { call in
            models.getModelStatus(ServiceCall(call, context.monitor(.getModelStatus, call)))
        }
        register(
            "/tensorflow.serving.ModelService/HandleReloadConfigRequest",
            admin.guarding { call in
                models.handleReloadConfigRequest(
                    ServiceCall(call, context.monitor(.handleReloadConfigRequest, call)))
            })
        guard context.offersSessionRun else { return }
        let sessions = SessionService(context)
        register("/tensorflow.serving.SessionService/SessionRun", .sessionRun, context) { call in
            sessions.sessionRun(call, readers)
        }
    }

    /// The calls of TensorFlow's profiler.
    mutating func register(_ profiler: ProfilerService, _ admin: AdminAccess) {
        register(
            "/tensorflow.ProfilerService/Profile",
            admin.guarding { call in
                profiler.profile(ServiceCall(call))
                call.onCancel { profiler.wake() }
            })
        register(
            "/tensorflow.ProfilerService/Terminate", admin.guarding { call in profiler.terminate(ServiceCall(call)) })
        register(
            "/tensorflow.ProfilerService/Monitor",
            admin.guarding { call in
                profiler.monitor(ServiceCall(call))
                call.onCancel { profiler.wake() }
            })
    }

    /// Answers calls that run models: they are counted, and tell what they took if that is wanted.
    private mutating func register(
        _ path: String, _ method: ServingMethod, _ context: ServiceContext,
        _ serve: @escaping @Sendable (ServiceCall) -> Void
    ) {
        register(path) { call in
            let monitor = context.monitor(method, call)
            do throws(Status) {
                var preferences = try AnswerPreferences(call.metadata)
                preferences.reportsTimings = preferences.reportsTimings ?? context.reportsTimings
                serve(ServiceCall(call, monitor, preferences))
            } catch {
                monitor?.end(error.code, nil)
                call.fail(error)
            }
        }
    }
}

extension ServiceContext {
    /// What sees to it that `call`, which has just arrived, is counted.
    fileprivate func monitor(_ method: ServingMethod, _ call: GRPCCall) -> CallMonitor? {
        monitor(method, .grpc, requestBytes: call.message.count) { call.metadata($0) }
    }
}

extension ServiceCall {
    /// A gRPC call as the services see it.
    init(
        _ call: GRPCCall, _ monitor: CallMonitor? = nil, _ preferences: AnswerPreferences = AnswerPreferences()
    ) {
        self.init(
            message: call.message, caller: call, deadline: call.deadline, cancellation: call.cancellation,
            preferences: preferences, monitor: monitor)
    }
}

extension GRPCCall: ServiceCaller {
    /// Answers the call, with trailers that say how the answer came about if the call wants to be told.
    public func take(
        _ result: Result<WireAnswer, Status>, _ facts: ServingFacts?, _ preferences: AnswerPreferences
    ) {
        let trailers = preferences.reportsTimings == true ? facts?.fields ?? [] : []
        do throws(Status) {
            let answer = try result.get()
            respond(try makeMessage(byteCount: answer.byteCount) { answer.write(to: $0) }, trailers: trailers)
        } catch {
            fail(error, trailers: trailers)
        }
    }
}
