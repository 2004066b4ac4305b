import Metrics
import ServingCore

/// The series that calls of one kind count into, each looked up when it is first needed; confined to one thread.
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
    private lazy var requestLatency = families.requestLatency.metric([model, method.name, entryPoint.name])
    private lazy var runtimeLatency = families.runtimeLatency.metric([model, method.name, "TF1"])
    private lazy var exampleCounts = families.exampleCounts.metric([model])
    private lazy var exampleTotal = families.exampleTotal.metric([model])
    private lazy var callSeconds = families.callSeconds.metric(own)
    private lazy var queueSeconds = families.queueSeconds.metric(own)
    private lazy var computeSeconds = families.computeSeconds.metric(own)
    private lazy var batchRows = families.batchRows.metric(own)

    init(
        families: CallFamilies, method: ServingMethod, entryPoint: EntryPoint, model: String, own: [String]
    ) {
        self.families = families
        self.method = method
        self.entryPoint = entryPoint
        self.model = model
        self.own = own
        requestCounts = Array(repeating: nil, count: StatusCode.allCases.count)
        callCounts = requestCounts
    }

    func count(_ outcome: ServingMetrics.Outcome) {
        let code = outcome.code
        counter(&callCounts, code) { families.callCount.metric(own + [code.name]) }.increment()
        callSeconds.observe(CallSeries.seconds(outcome.nanoseconds))
        if method.isCountedByReference { countAsReference(outcome) }
        if let count = outcome.facts?.exampleCount, method == .multiInference {
            exampleCounts.observe(Double(count))
            exampleTotal.increment(by: UInt64(max(0, count)))
        }
        guard let timings = outcome.facts?.timings else { return }
        queueSeconds.observe(CallSeries.seconds(timings.queueNanoseconds))
        computeSeconds.observe(CallSeries.seconds(timings.computeNanoseconds))
        if timings.batchSize > 0 { batchRows.observe(Double(timings.batchSize)) }
    }

    private func countAsReference(_ outcome: ServingMetrics.Outcome) {
        let code = outcome.code
        counter(&requestCounts, code) { families.requestCount.metric([model, code.name]) }.increment()
        guard code == .ok else { return }
        requestLatency.observe(Double(outcome.nanoseconds / 1000))
        guard let timings = outcome.facts?.timings else { return }
        // There, a run includes the time in the batching queue.
        runtimeLatency.observe(Double((timings.queueNanoseconds &+ timings.computeNanoseconds) / 1000))
    }

    private func counter(_ counters: inout [Counter?], _ code: StatusCode, _ find: () -> Counter) -> Counter {
        let index = Int(code.rawValue)
        if let known = counters[index] { return known }
        let counter = find()
        counters[index] = counter
        return counter
    }

    private static func seconds(_ nanoseconds: UInt64) -> Double { Double(nanoseconds) * 1e-9 }
}
