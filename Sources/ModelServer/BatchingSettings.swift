import Batching
import Configuration
import Models
import ServingCore
import Threading

/// How a server batches requests.
public struct BatchingSettings: Sendable {
    /// What holds for models without parameters of their own, and which threads run batches; nil: models without parameters of
    /// their own are not batched.
    public var standard: BatchingParameters?
    /// Whether, instead of `standard`, a file in the folder of each version says how it is batched, if at all.
    public var usesVersionFiles = false
    public var policy = BatchScheduler.Policy.adaptive

    public init() {}

    /// Batches that run at the same time.
    func limit(computeThreads: Int) -> Int { min(Int(clamping: wantedThreads), max(1, computeThreads)) }

    private var wantedThreads: Int64 { standard?.batchThreads ?? Int64(ProcessorCount.available) }

    /// What requests are put together with; batches run on `compute`.
    /// - Parameter observer: is told what happens.
    func makeBatching(on compute: ThreadPool, observer: (any BatchObserver)? = nil) -> ModelBatching {
        let scheduler = BatchScheduler(
            threads: compute, limit: limit(computeThreads: compute.threadCount), policy: policy,
            observer: observer)
        return ModelBatching(scheduler: scheduler, policy: policy, standard: modelStandard)
    }

    private var modelStandard: ModelBatching.Standard {
        guard let standard else { return .off }
        guard usesVersionFiles else { return .all(standard) }
        return .versionFolders(file: BatchingParameters.versionFileName) { (directory) throws(Status) in
            try BatchingParameters(inVersion: directory)?.onThreads(of: standard)
        }
    }

    /// Sentences about settings that do not act as one may expect.
    func remarks(computeThreads: Int) -> [String] {
        var remarks: [String] = []
        if usesVersionFiles, standard == nil {
            remarks.append("--enable_per_model_batching_parameters has no effect without --enable_batching")
        }
        if let wanted = standard?.batchThreads, wanted > Int64(computeThreads) {
            remarks.append(
                "num_batch_threads is \(wanted), but batches run on the \(computeThreads) threads that compute: at most so "
                    + "many at the same time")
        }
        return remarks
    }

    /// One line that says whether and how requests are batched.
    func summary(computeThreads: Int) -> String {
        guard let standard else { return "Batching is off, except for models with batching_parameters in their config" }
        let threads = limit(computeThreads: computeThreads)
        let how = "\(policy.rawValue) scheduling, at most \(threads) batches at the same time"
        guard !usesVersionFiles else {
            return "Batching is on for versions with a \(BatchingParameters.versionFileName): \(how)"
        }
        let splitting = standard.splitsLargeBatches ? ", requests of up to \(standard.maximumBatchSize) rows" : ""
        return "Batching is on: \(how), of up to \(standard.largestBatchSize) rows\(splitting), waiting at most "
            + "\(standard.batchTimeoutMicroseconds) microseconds for more"
    }
}

extension BatchingParameters {
    /// The same on the threads of `other`, which all models share.
    fileprivate func onThreads(of other: BatchingParameters) -> BatchingParameters {
        var parameters = self
        parameters.batchThreads = other.batchThreads
        parameters.threadPoolName = other.threadPoolName
        return parameters
    }
}
