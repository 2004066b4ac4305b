import Glibc

/// Writes metrics in Prometheus' text format.
///
/// Metrics that TensorFlow Serving has are named by paths such as `/tensorflow/serving/request_count`, of which every
/// character outside `[a-zA-Z0-9_]` becomes `:`, as there; names without such characters stay as they are. The type line comes
/// even without samples, braces even without labels.
public struct PrometheusText: Sendable {
    /// Label names and values, in the order in which they are written.
    public typealias Labels = [(name: String, value: String)]

    /// What a metric is, in the word of the type line.
    public enum Kind: String, Sendable {
        case counter, gauge, histogram
    }

    public private(set) var bytes: [UInt8] = []

    public init() {}

    public var text: String { String(decoding: bytes, as: UTF8.self) }

    /// - Parameter help: a sentence for who reads the metric; nil: none is written.
    public mutating func addCounter(
        _ path: String, help: String? = nil, _ samples: [(labels: Labels, value: UInt64)]
    ) {
        let name = addHead(path, .counter, help)
        for sample in samples { addSample(name, PrometheusText.list(sample.labels), String(sample.value)) }
    }

    public mutating func addGauge(_ path: String, help: String? = nil, _ samples: [(labels: Labels, value: Int64)]) {
        let name = addHead(path, .gauge, help)
        for sample in samples { addSample(name, PrometheusText.list(sample.labels), String(sample.value)) }
    }

    /// Samples that are no whole numbers.
    public mutating func add(
        _ kind: Kind, _ path: String, help: String? = nil, _ samples: [(labels: Labels, value: Double)]
    ) {
        let name = addHead(path, kind, help)
        for sample in samples {
            addSample(name, PrometheusText.list(sample.labels), PrometheusText.number(sample.value))
        }
    }

    /// `limits` are those of the histograms that the snapshots were taken of.
    public mutating func addHistogram(
        _ path: String, help: String? = nil, limits: [Double],
        _ samples: [(labels: Labels, value: Histogram.Snapshot)]
    ) {
        let name = addHead(path, .histogram, help)
        let ends = (limits.map(PrometheusText.sixDigits) + ["+Inf"]).map { "le=\"\($0)\"" }
        for (labels, snapshot) in samples {
            let list = PrometheusText.list(labels)
            let comma = list.isEmpty ? "" : ","
            var cumulative: UInt64 = 0
            for (index, count) in snapshot.counts.enumerated() {
                cumulative &+= count
                bytes += name.utf8
                bytes += "_bucket{".utf8
                bytes += list.utf8
                bytes += comma.utf8
                bytes += ends[index].utf8
                bytes += "} ".utf8
                bytes += String(cumulative).utf8
                bytes.append(PrometheusText.lineFeed)
            }
            addSample("\(name)_sum", list, PrometheusText.number(snapshot.sum))
            addSample("\(name)_count", list, String(cumulative))
        }
    }

    private static let lineFeed = UInt8(ascii: "\n")

    private mutating func addHead(_ path: String, _ kind: Kind, _ help: String?) -> String {
        let name = PrometheusText.sanitized(path, replacement: ":")
        if let help { bytes += "# HELP \(name) \(PrometheusText.escaped(help, quotes: false))\n".utf8 }
        bytes += "# TYPE \(name) \(kind.rawValue)\n".utf8
        return name
    }

    private mutating func addSample(_ name: String, _ list: String, _ value: String) {
        bytes += name.utf8
        bytes.append(UInt8(ascii: "{"))
        bytes += list.utf8
        bytes += "} ".utf8
        bytes += value.utf8
        bytes.append(PrometheusText.lineFeed)
    }

    /// What stands between the braces.
    private static func list(_ labels: Labels) -> String {
        labels.map { "\(sanitized($0.name, replacement: "_"))=\"\(escaped($0.value))\"" }.joined(separator: ",")
    }

    static func sanitized(_ name: String, replacement: Character) -> String {
        String(name.map { $0.isASCII && ($0.isLetter || $0.isNumber) || $0 == "_" ? $0 : replacement })
    }

    /// A line break inside a value would end its line, so that it is escaped like backslash and quote.
    static func escaped(_ value: String, quotes: Bool = true) -> String {
        guard value.utf8.contains(where: { $0 == 0x5c || $0 == 0x22 || $0 == 0x0a }) else { return value }
        var escaped = ""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\\\"
            case "\"" where quotes: escaped += "\\\""
            case "\n": escaped += "\\n"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    /// In as many digits as it takes: rates are computed from differences, which would drown in rounded sums.
    static func number(_ value: Double) -> String {
        if let whole = Int64(exactly: value) { return String(whole) }
        if value.isNaN { return "NaN" }
        return value.isInfinite ? (value < 0 ? "-Inf" : "+Inf") : value.description
    }

    /// `%.6g`, as C++ streams print numbers.
    static func sixDigits(_ value: Double) -> String {
        var buffer = [CChar](repeating: 0, count: 32)
        let length = withVaList([value]) { vsnprintf(&buffer, buffer.count, "%.6g", $0) }
        return String(decoding: buffer.prefix(max(0, Int(length))).map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
