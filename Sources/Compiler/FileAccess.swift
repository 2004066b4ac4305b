import Graphs

/// Finds ops that read or write files, whose names come from tensors that a request may feed.
struct FileAccess {
    let library: FunctionLibrary

    /// The first node of `graph`, or of a function that it calls, that touches files; nil if there is none.
    func firstNode(in graph: Graph) -> Node? {
        var pending: [String] = []
        if let found = firstNode(of: graph.nodes, &pending) { return found }
        var seen: Set<String> = []
        while let name = pending.popLast() {
            guard seen.insert(name).inserted, let function = library[name] else { continue }
            guard var found = firstNode(of: function.body.nodes, &pending) else { continue }
            if found.function.isEmpty { found.function = name }
            return found
        }
        return nil
    }

    private func firstNode(of nodes: [Node], _ calls: inout [String]) -> Node? {
        for node in nodes {
            if FileAccess.touchesFiles(node.op) { return node }
            calls += library.functionsCalled(by: node)
        }
        return nil
    }

    /// Whether `op` touches files, in this server or in TensorFlow.
    static func touchesFiles(_ op: String) -> Bool {
        ops.contains(op) || prefixes.contains { op.hasPrefix($0) } || infixes.contains { op.contains($0) }
    }

    private static let ops: Set<String> = [
        "CacheDataset", "CacheDatasetV2", "CalibrationStatisticsSaver", "CreateSummaryDbWriter",
        "CreateSummaryFileWriter", "DatasetToTFRecord", "DebugIdentity", "DebugIdentityV2", "DebugIdentityV3",
        "DistributedSave", "DTensorRestoreV2", "DumpTensor", "ExperimentalDatasetToTFRecord",
        "FileSystemSetConfiguration", "GenerateVocabRemapping", "ImmutableConst", "LoadAndRemapMatrix", "LoadDataset",
        "MatchingFiles", "MergeV2Checkpoints", "ReadFile", "RecordInput", "SummaryWriter", "WriteFile",
    ]
    private static let prefixes = ["Save", "Restore", "SnapshotDataset", "SnapshotChunkDataset", "SnapshotNested"]
    private static let infixes = [
        "FromTextFile", "CSVDataset", "LMDB", "SqlDataset", "MatchingFilesDataset", "RecordDataset", "TextLine",
        "RecordReader", "WholeFileReader", "IdentityReader", "ListSnapshot",
    ]
}
