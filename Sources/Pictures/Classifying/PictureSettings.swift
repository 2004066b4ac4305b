import CServingProtos
import Glibc
import ServingCore
import ServingProtos
import TensorFiles

/// What `image_classifier.pbtxt` in a version's folder says; what it leaves out follows from the signature.
public struct PictureSettings: Sendable, Equatable {
    /// Where the file is, relative to the version's folder.
    public static let path = "assets.extra/image_classifier.pbtxt"
    /// The longest side that a model's pictures may have.
    static let longestSide = 16384
    /// The longest file that is read, in bytes.
    static let longestFile = 1 << 20

    public enum Color: Sendable { case rgb, bgr, grey }
    public enum Layout: Sendable { case channelsLast, channelsFirst }
    public enum Preprocessing: String, Sendable { case plain, caffe, tf, torch }
    public enum Activation: Sendable { case none, softmax, sigmoid }

    /// Empty: the default.
    public var signatureName = ""
    /// Empty: the one that fits.
    public var input = ""
    public var output = ""
    /// Pixels; nil: those of the signature.
    public var width: Int?
    public var height: Int?
    public var color: Color?
    public var layout: Layout?
    public var method = ResizeMethod.bicubic
    public var preprocessing = Preprocessing.plain
    /// Empty: 1 and 0.
    public var scale: [Float] = []
    public var offset: [Float] = []
    public var activation = Activation.none
    /// Nil: the label of a score is its index.
    public var labels: String?
    public var topCount = 5
    public var maximumPixels = PictureLimits.standardPixels

    /// What holds without a file.
    public init() {}

    /// Whether the folder `directory` of a version has the file.
    public static func exist(in directory: String) -> Bool { access("\(directory)/\(path)", F_OK) == 0 }

    /// Reads the file in the folder `directory` of a version; without one everything is left to the signature.
    ///
    /// FAILED_PRECONDITION `assets.extra/image_classifier.pbtxt: <what is wrong>`.
    public init(directory: String) throws(Status) {
        let bytes: [UInt8]
        do throws(Status) {
            bytes = try FileBytes.read("\(directory)/\(PictureSettings.path)", limit: PictureSettings.longestFile)
        } catch {
            guard error.code == .notFound else {
                // Clients need not know where the server's files are.
                let reason = error.message.split(separator: ";").last.map(String.init) ?? ""
                throw .failedPrecondition("\(PictureSettings.path):\(reason)")
            }
            self.init()
            return
        }
        try self.init(text: String(decoding: bytes, as: UTF8.self))
    }

    /// Reads the text of a file; errors as above.
    public init(text: String) throws(Status) {
        typealias Proto = ModelServer__ImageClassifier
        let message: Message<Proto>
        do throws(Status) {
            message = try TextFormat.parse(
                text, fileName: PictureSettings.path, as: Proto.self,
                limits: TextFormat.Limits(depth: 10, memory: 1 << 24))
        } catch {
            throw .failedPrecondition(error.message)
        }
        self = try message.read { (proto) throws(Status) in try PictureSettings(proto.pointee) }
    }

    /// A contradiction in the file.
    static func fault(_ what: String) -> Status { .failedPrecondition("\(path): \(what)") }
}
