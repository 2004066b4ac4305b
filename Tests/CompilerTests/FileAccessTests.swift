import Graphs
import Kernels
import ServingCore
import Testing

@testable import Compiler

@Suite struct FileAccessTests {
    @Test(arguments: [
        "ReadFile", "WriteFile", "MatchingFiles", "SaveV2", "Save", "SaveSlices", "RestoreV2", "Restore",
        "RestoreSlice",
        "MergeV2Checkpoints", "InitializeTableFromTextFile", "InitializeTableFromTextFileV2", "WholeFileReaderV2",
        "TFRecordDatasetV2", "TextLineDataset", "FixedLengthRecordReader", "ImmutableConst", "CreateSummaryFileWriter",
        "ExperimentalCSVDataset", "LMDBDataset", "SnapshotDatasetV2", "SaveDataset", "LoadDataset", "DumpTensor",
    ]) func opsThatTouchFilesAreKnown(_ op: String) {
        #expect(FileAccess.touchesFiles(op))
    }

    @Test func otherOpsAreNot() {
        let files = OpRegistry.standard.names.filter(FileAccess.touchesFiles)
        #expect(
            files == [
                "InitializeTableFromTextFile", "InitializeTableFromTextFileV2", "Restore", "RestoreSlice", "RestoreV2",
            ])
    }

    @Test func theyAreFoundBehindCallsOfCalls() throws {
        func function(_ name: String, _ node: Node) -> FunctionDefinition {
            FunctionDefinition(
                name: name, body: Graph(nodes: [node]), parameters: [], results: [], controlResults: [0],
                attributes: Attributes())
        }
        func call(_ function: String) -> Node {
            Node(
                name: "call", op: "If",
                attributes: Attributes(["then_branch": .function(FunctionReference(name: function))]))
        }
        let library = FunctionLibrary([
            function("outer", call("inner")), function("inner", Node(name: "content", op: "ReadFile")),
            function("round", call("round")), function("other", Node(name: "a", op: "AddV2")),
        ])
        let access = FileAccess(library: library)
        #expect(
            access.firstNode(in: Graph(nodes: [call("outer")]))?.errorLabel == "{{function_node inner}}{{node content}}"
        )
        #expect(access.firstNode(in: Graph(nodes: [call("other"), call("round"), call("none")])) == nil)
        #expect(access.firstNode(in: Graph(nodes: [Node(name: "r", op: "ReadFile")]))?.errorLabel == "{{node r}}")
    }
}
