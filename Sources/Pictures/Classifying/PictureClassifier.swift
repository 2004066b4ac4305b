import Graphs
import ServingCore
import Tensors

/// How one version of a model classifies pictures: which signature it is asked, and what its input and output mean.
public final class PictureClassifier: Sendable {
    /// What a picture shows, with how much the model believes in it.
    public struct Prediction: Sendable, Equatable {
        public let label: String
        public let probability: Float
    }

    public let signatureName: String
    public let outputAlias: String
    private let input: PictureInput
    private let settings: PictureSettings
    private let labels: LabelList?

    public var inputAlias: String { input.alias }
    /// The pixels of the model's input; 0×0 if the model decodes pictures itself.
    public var size: PictureSize { input.size }
    /// 1 or 3; 0 if the model decodes pictures itself.
    public var channels: Int { input.channels }

    /// Reads what the folder `directory` of a version says about pictures, and completes it by the signature.
    ///
    /// - Parameters:
    ///   - signatureNames: those that the version can run.
    ///   - signature: the signature of a name.
    ///
    /// Throws FAILED_PRECONDITION with what is missing or wrong.
    public convenience init(
        directory: String, signatureNames: [String], signature: (String) -> Signature?
    ) throws(Status) {
        let settings = try PictureSettings(directory: directory)
        let labels = try settings.labels.map { (name) throws(Status) in try LabelList(file: name, in: directory) }
        try self.init(settings, labels, signatureNames: signatureNames, signature: signature)
    }

    init(
        _ settings: PictureSettings, _ labels: LabelList?, signatureNames: [String], signature: (String) -> Signature?
    ) throws(Status) {
        var name = settings.signatureName
        if name.isEmpty {
            let standard = "serving_default"
            name = signatureNames.count == 1 && signatureNames[0] != standard ? signatureNames[0] : standard
        }
        guard let found = signature(name) else {
            throw PictureSettings.fault(
                "the model has no signature '\(name)' that can be run; it has "
                    + SignaturePorts.listed(signatureNames) + "; signature_name says which one takes pictures")
        }
        signatureName = name
        let ports = SignaturePorts(name, found)
        let input = try ports.input(settings)
        self.input = try PictureInput(input.alias, input.port, settings)
        let output = try ports.output(settings)
        outputAlias = output.alias
        if let labels, let count = output.port.shape.dimensions?.last, count >= 0 {
            try labels.check(count: count, output.alias)
        }
        self.settings = settings
        self.labels = labels
    }

    /// What happens to pictures, in half a sentence for people.
    public var summary: String {
        let kind = channels == 0 ? "as they are" : "\(size) pixels, \(channels == 1 ? "grey" : "in colour")"
        let names = labels.map { "\($0.count) labels" } ?? "without labels"
        return "\(kind), into '\(inputAlias)' of \(signatureName); scores from '\(outputAlias)', \(names)"
    }

    /// The model's input for the picture in a PNG or JPEG file; a model whose input is a string gets the file itself.
    ///
    /// - Parameter limits: of which the settings replace the number of pixels.
    ///
    /// INVALID_ARGUMENT if the picture cannot be read, RESOURCE_EXHAUSTED if there is no memory for it now, and what
    /// interrupts it.
    public func tensor(
        of file: UnsafeRawBufferPointer, limits: PictureLimits = PictureLimits()
    ) throws(Status) -> Tensor {
        try input.tensor(file, limits)
    }

    /// The labels with the highest scores, the highest first; of equal ones the one that comes first in the output.
    ///
    /// - Parameter output: the value of `outputAlias` for one picture.
    ///
    /// FAILED_PRECONDITION if it is not a list of scores, or if there are not as many labels.
    public func predictions(_ output: Tensor) throws(Status) -> [Prediction] {
        var scores = try Scores(output, outputAlias)
        try labels?.check(count: scores.values.count, outputAlias)
        scores.activate(settings.activation)
        return scores.highest(settings.topCount).map { index in
            Prediction(label: labels?[index] ?? String(index), probability: scores.values[index])
        }
    }
}
