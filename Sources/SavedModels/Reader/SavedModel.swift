import Graphs
import ServingCore
import Tensors

/// One meta graph of a SavedModel directory: what a version of a model consists of, before anything is compiled or run.
///
/// Weights are not in here: the graph's own restore op reads them from the checkpoint at `variablesPrefix`.
public struct SavedModel: Sendable {
    /// How the variables are filled: the tensor that is fed the checkpoint's prefix, and the node that is run.
    public struct Restore: Sendable, Hashable {
        public var filenameTensorName: String
        public var restoreOpName: String
    }

    /// A file that the model needs at run time, for example a vocabulary.
    public struct Asset: Sendable, Hashable {
        /// The tensor that is fed the file's path while restoring and initialising.
        public var tensorName: String
        public var path: String
    }

    public var directory: String
    public var tags: [String]
    public var graph: Graph
    /// The functions that the graph calls, directly or through others.
    public var library: FunctionLibrary
    /// All signatures by key, also `__saved_model_init_op`; types are plain ones.
    public var signatures: [String: Signature]
    /// Each signature's `tensorflow.SignatureDef` as it stands in the file, for metadata.
    public var signatureDefs: [String: [UInt8]]
    /// Nil if there is nothing to restore.
    public var restore: Restore?
    /// The node that is run once after restoring, for example to fill tables.
    public var initOpName: String?
    public var assets: [Asset]
    /// The prefix of the checkpoint's files; nil if the model has none.
    public var variablesPrefix: String?
    /// The serialised `tensorflow.SavedObjectGraph` of a TF2 model, which connects variables with names in the checkpoint;
    /// empty for others.
    public var objectGraph: [UInt8]
    /// Whether the graph was made of a file of another kind, so that its names are not those of the model's maker.
    public var isTranslated = false

    public init(
        directory: String, tags: [String], graph: Graph, library: FunctionLibrary, signatures: [String: Signature],
        signatureDefs: [String: [UInt8]], restore: Restore? = nil, initOpName: String? = nil, assets: [Asset] = [],
        variablesPrefix: String? = nil, objectGraph: [UInt8] = []
    ) {
        self.directory = directory
        self.tags = tags
        self.graph = graph
        self.library = library
        self.signatures = signatures
        self.signatureDefs = signatureDefs
        self.restore = restore
        self.initOpName = initOpName
        self.assets = assets
        self.variablesPrefix = variablesPrefix
        self.objectGraph = objectGraph
    }

    static let initSignature = "__saved_model_init_op"

    static func variablesPrefix(_ directory: String) -> String { directory + "/variables/variables" }
}
