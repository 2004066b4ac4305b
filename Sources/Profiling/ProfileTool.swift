import Execution

/// The forms in which a recording is handed out; raw values are what names of their files end in.
public enum ProfileTool: String, CaseIterable, Sendable {
    /// What TensorBoard reads.
    case space = "xplane.pb"
    /// Tables for people.
    case table = "kernels.txt"
    /// What Perfetto and `chrome://tracing` show.
    case trace = "trace.json"

    /// How large each may get, in bytes, so that they fit into one answer together.
    var byteLimit: Int {
        switch self {
        case .space: 36 << 20
        case .table: 1 << 20
        case .trace: 24 << 20
        }
    }

    /// The bytes of the file.
    /// - Parameters:
    ///   - hostName: stands in the profile.
    ///   - beginNanoseconds: when the recording began, in nanoseconds since 1970.
    public func encode(_ recording: Recording, hostName: String, beginNanoseconds: Int64) -> [UInt8] {
        switch self {
        case .space:
            XSpaceEncoding(
                recording, hostName: hostName, beginNanoseconds: beginNanoseconds, byteLimit: byteLimit
            ).encoded()
        case .table: Array(ProfileReport(ProfileSummary(recording)).text().utf8)
        case .trace: ChromeTrace(recording).json(byteLimit: byteLimit)
        }
    }
}
