/// The request log that a model's configuration asks for; checked.
public struct LoggingConfiguration: Sendable, Hashable {
    /// What the paths of the files begin with; absolute.
    public var filenamePrefix: String
    /// The share of requests that is logged, above 0 and at most 1.
    public var samplingRate: Double
    /// The packed `SamplingConfig`, as it is written beside each logged request.
    public var samplingConfig: [UInt8]

    public init(filenamePrefix: String, samplingRate: Double, samplingConfig: [UInt8] = []) {
        self.filenamePrefix = filenamePrefix
        self.samplingRate = samplingRate
        self.samplingConfig = samplingConfig
    }
}
