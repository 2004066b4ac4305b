import ServingCore

extension SavedModel {
    /// Whether the files of a version are all there.
    public enum Completeness: Sendable {
        /// Everything that the files name is there; `byteCount` is the size of the model and its variables.
        case complete(byteCount: Int)
        /// A file is missing or short; the status says which. Worth another look later.
        case incomplete(Status)
    }

    /// Looks whether all files of the version in `directory` are there and long enough, without reading weights: for a watcher
    /// that finds a folder which may still be being copied. Throws if a file is there but can't be used, which waiting
    /// will not change.
    public static func checkCompleteness(
        directory: String, tags: [String] = ["serve"]
    ) throws(Status) -> Completeness {
        do throws(Status) {
            return .complete(byteCount: try completeByteCount(directory, tags))
        } catch {
            // Nothing else that is looked at here answers with these codes, apart from a tag set that does not exist.
            guard error.code == .unavailable || error.code == .notFound,
                !error.message.hasPrefix("Could not find meta graph")
            else { throw error }
            return .incomplete(error)
        }
    }

    /// NOT_FOUND for the first asset that is missing; nil if all are there. Knows more assets than `checkCompleteness`, which
    /// does not unpack the graph.
    public var missingAsset: Status? {
        assets.first { !FileSystem.exists($0.path) }.map { .notFound("\($0.path); No such file or directory") }
    }

    private static func completeByteCount(_ directory: String, _ tags: [String]) throws(Status) -> Int {
        let (path, isText) = try SavedModelFile.path(in: directory)
        let modelSize = try FileSystem.size(path) ?? 0
        guard modelSize > 0 else { throw .unavailable("\(path) is incomplete: it is empty") }
        if !isText { try checkBinary(path, directory, tags) }
        let prefix = variablesPrefix(directory)
        guard FileSystem.exists(BundleIndex.path(prefix)) else {
            // Whether there should be an index, only the graph can tell; reading says so.
            _ = try read(directory: directory, tags: tags)
            return modelSize
        }
        return modelSize + (try BundleIndex(prefix: prefix).checkShards())
    }

    /// The file must have its end, and the assets that it names must exist.
    private static func checkBinary(_ path: String, _ directory: String, _ tags: [String]) throws(Status) {
        let file = try MappedFile(path: path)
        for metaGraph in try SavedModelFile.metaGraphs(file) where Set(SavedModelFile.tags(metaGraph)) == Set(tags) {
            for name in SavedModelFile.assetNames(metaGraph) where FileSystem.isInside(name) {
                let asset = "\(directory)/assets/\(name)"
                guard FileSystem.exists(asset) else { throw .notFound("\(asset); No such file or directory") }
            }
        }
        withExtendedLifetime(file) {}
    }
}
