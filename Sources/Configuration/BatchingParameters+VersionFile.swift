import Batching
import CServingProtos
import ServingCore
import ServingProtos

extension BatchingParameters {
    /// The name of the file in a version's folder that says how requests to this version are put together.
    public static let versionFileName = "batching_params.pbtxt"

    /// Reads the file of this name in `directory`; nil if there is none.
    ///
    /// INVALID_ARGUMENT `Invalid protobuf file: '<path>'` with the place and the fault if it does not parse, or TensorFlow
    /// Serving's words about the first value that is out of range, with its file and line; other codes if it cannot be read.
    public init?(inVersion directory: String) throws(Status) {
        let path = "\(directory)/\(BatchingParameters.versionFileName)"
        let bytes: [UInt8]
        do throws(Status) {
            bytes = try ConfigurationFile.contents(of: path)
        } catch {
            guard error.code == .notFound else { throw error }
            return nil
        }
        self = try bytes.withUnsafeBufferPointer { (bytes) throws(Status) in
            try BatchingParameters(UnsafeRawBufferPointer(bytes), of: path)
        }
    }

    /// Reads the text of the file at `path`.
    private init(_ text: UnsafeRawBufferPointer, of path: String) throws(Status) {
        typealias Proto = Tensorflow__Serving__BatchingParameters
        let message: Message<Proto>
        do throws(Status) {
            message = try TextFormat.parse(text, fileName: "", as: Proto.self)
        } catch {
            throw Status(error.code, "Invalid protobuf file: '\(path)': \(error.message)")
        }
        var problems: [SettingProblem] = []
        self = message.read { BatchingParameters($0, problems: &problems) }
        guard let first = problems.first(where: { !$0.isWarning }) else { return }
        let outline = TextFormat.diagnose(text, as: Proto.self).outline
        throw .invalidArgument("\(first.text) (\(path):\(outline.place(of: first.path).line))")
    }
}
