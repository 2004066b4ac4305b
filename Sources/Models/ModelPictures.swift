import Pictures
import SavedModels
import ServingCore

extension PictureClassifier {
    /// How the version classifies pictures; a failure says why it cannot. A file that is meant to say how, and is wrong, is
    /// worth a line of the log.
    static func of(_ savedModel: SavedModel, _ runners: [String: SignatureRunner]) -> Result<PictureClassifier, Status>
    {
        let directory = savedModel.directory
        do throws(Status) {
            return .success(
                try PictureClassifier(
                    directory: directory, signatureNames: runners.keys.sorted(), signature: { runners[$0]?.signature }))
        } catch {
            if PictureSettings.exist(in: directory) {
                Log.warning("\(directory): pictures cannot be classified: \(error.message)")
            }
            return .failure(error)
        }
    }
}
