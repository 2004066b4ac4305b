import Glibc

/// Writes metrics in Prometheus' text format, with the names that TensorFlow Serving gives them.
///
/// Metrics are named by paths such as `/tensorflow/serving/request_count`, of which every character outside
/// `[a-zA-Z0-9_]` becomes `:`. The type line comes even without samples, braces even without labels.
public struct PrometheusText: Sendable {
    /// Label names and values, in the order in which they are written.
    public typealias Labels = [(name: String, value: String)]

    public private(set) var text = ""

    public init() {}

    public mutating func addCounter(_ path: String, _ samples: [(labels: Labels, value: UInt64)]) {
        let name = addType(path, "counter")
        for sample in samples { addSample(name, sample.labels, String(sample.value)) }
    }

    public mutating func addGauge(_ path: String, _ samples: [(labels: Labels, value: Int64)]) {
        let name = addType(path, "gauge")
        for sample in samples { addSample(name, sample.labels, String(sample.value)) }
    }

    /// `limits` are those of the histograms that the snapshots were taken of.
    public mutating func addHistogram(
        _ path: String, limits: [Double], _ samples: [(labels: Labels, value: Histogram.Snapshot)]
    ) {
        let name = addType(path, "histogram")
        for (labels, snapshot) in samples {
            var cumulative: UInt64 = 0
            for (index, count) in snapshot.counts.enumerated() {
                cumulative &+= count
                let limit = index < limits.count ? PrometheusText.sixDigits(limits[index]) : "+Inf"
                addSample("\(name)_bucket", labels + [(name: "le", value: limit)], String(cumulative))
            }
            addSample("\(name)_sum", labels, PrometheusText.sixDigits(snapshot.sum))
            addSample("\(name)_count", labels, String(cumulative))
        }
    }

    private mutating func addType(_ path: String, _ type: String) -> String {
        let name = PrometheusText.sanitized(path, replacement: ":")
        text += "# TYPE \(name) \(type)\n"
        return name
    }

    private mutating func addSample(_ name: String, _ labels: Labels, _ value: String) {
        let list = labels.map { label in
            "\(PrometheusText.sanitized(label.name, replacement: "_"))=\"\(PrometheusText.escaped(label.value))\""
        }
        text += "\(name){\(list.joined(separator: ","))} \(value)\n"
    }

    static func sanitized(_ name: String, replacement: Character) -> String {
        String(name.map { $0.isASCII && ($0.isLetter || $0.isNumber) || $0 == "_" ? $0 : replacement })
    }

    /// A line break inside a value would end its line, so that it is escaped like backslash and quote.
    static func escaped(_ value: String) -> String {
        var escaped = ""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\\\"
            case "\"": escaped += "\\\""
            case "\n": escaped += "\\n"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    /// `%.6g`, as C++ streams print numbers.
    static func sixDigits(_ value: Double) -> String {
        var buffer = [CChar](repeating: 0, count: 32)
        let length = withVaList([value]) { vsnprintf(&buffer, buffer.count, "%.6g", $0) }
        return String(decoding: buffer.prefix(max(0, Int(length))).map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
