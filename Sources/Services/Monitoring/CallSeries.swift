import Metrics
import ServingCore

/// The series that calls of one kind count into, made when they are first needed; confined to one thread.
final class CallSeries {
    private let families: CallFamilies
    private let method: ServingMethod
    private let entryPoint: EntryPoint
    private let model: String
    /// The values of the labels of our own metrics.
    private let own: [String]

    /// By code.
    private var requestCounts: [Counter?]
    private var callCounts: [Counter?]
    private let callSeconds: Histogram
    /// The counterpart in TensorFlow Serving; nil: it does not count such calls.
    private let referenceAPI: String?
    private var runs: RunSeries?

    init(
        families: CallFamilies, method: ServingMethod, entryPoint: EntryPoint, model: String, own: [String]
    ) {
        self.families = families
        self.method = method
        self.entryPoint = entryPoint
        self.model = model
        self.own = own
        referenceAPI = method.referenceAPI(entryPoint)
        requestCounts = Array(repeating: nil, count: StatusCode.allCases.count)
        callCounts = requestCounts
        callSeconds = families.callSeconds.metric(own)
    }

    func count(_ outcome: ServingMetrics.Outcome) {
        let code = outcome.code
        counter(&callCounts, code) { families.callCount.metric(own + [code.name]) }.increment()
        callSeconds.observe(RunSeries.seconds(outcome.nanoseconds))
        if referenceAPI != nil {
            counter(&requestCounts, code) { families.requestCount.metric([model, code.name]) }.increment()
        }
        if let count = outcome.facts?.exampleCount, method == .multiInference {
            families.exampleCounts.metric([model]).observe(Double(count))
            families.exampleTotal.metric([model]).increment(by: UInt64(max(0, count)))
        }
        guard code == .ok || outcome.facts?.timings != nil else { return }
        runSeries.count(outcome)
    }

    private var runSeries: RunSeries {
        if let runs { return runs }
        let made = RunSeries(families, method, entryPoint, model, own)
        runs = made
        return made
    }

    private func counter(_ counters: inout [Counter?], _ code: StatusCode, _ find: () -> Counter) -> Counter {
        let index = Int(code.rawValue)
        if let known = counters[index] { return known }
        let counter = find()
        counters[index] = counter
        return counter
    }
}

/// The series of calls that got as far as to a run.
private final class RunSeries {
    private let requestLatency: Histogram?
    private let runtimeLatency: Histogram?
    private let runs: Steps?

    /// What a run consists of.
    private struct Steps {
        let queueSeconds: Histogram
        let computeSeconds: Histogram
        let batchRows: Histogram

        init(_ families: CallFamilies, _ own: [String]) {
            queueSeconds = families.queueSeconds.metric(own)
            computeSeconds = families.computeSeconds.metric(own)
            batchRows = families.batchRows.metric(own)
        }
    }

    init(
        _ families: CallFamilies, _ method: ServingMethod, _ entryPoint: EntryPoint, _ model: String, _ own: [String]
    ) {
        requestLatency = method.referenceAPI(entryPoint).map {
            families.requestLatency.metric([model, $0, entryPoint.name])
        }
        runtimeLatency = method.referenceName.map { families.runtimeLatency.metric([model, $0, "TF1"]) }
        runs = method.runsModel ? Steps(families, own) : nil
    }

    func count(_ outcome: ServingMetrics.Outcome) {
        let isSuccess = outcome.code == .ok
        if isSuccess { requestLatency?.observe(Double(outcome.nanoseconds / 1000)) }
        guard let timings = outcome.facts?.timings else { return }
        if isSuccess {
            // There, a run includes the time in the batching queue.
            runtimeLatency?.observe(Double((timings.queueNanoseconds &+ timings.computeNanoseconds) / 1000))
        }
        guard let runs else { return }
        runs.queueSeconds.observe(RunSeries.seconds(timings.queueNanoseconds))
        runs.computeSeconds.observe(RunSeries.seconds(timings.computeNanoseconds))
        if timings.batchSize > 0 { runs.batchRows.observe(Double(timings.batchSize)) }
    }

    static func seconds(_ nanoseconds: UInt64) -> Double { Double(nanoseconds) * 1e-9 }
}
