import Graphs
import ServingCore
import Tensors
import Testing

@testable import SavedModels

@Suite struct SavedModelTests {
    private func read(_ name: String, tags: [String] = ["serve"]) throws(Status) -> SavedModel {
        try SavedModel.read(directory: Fixtures.path(name), tags: tags)
    }

    @Test func signaturesOfATF1Model() throws {
        let model = try read("ref_variables")
        let signature = try #require(model.signatures["serving_default"])
        #expect(signature.methodName == "tensorflow/serving/predict")
        #expect(signature.inputs["x"]?.tensorName == "x:0")
        #expect(signature.inputs["x"]?.dataType == .float)
        #expect(signature.inputs["x"]?.shape == PartialShape([-1]))
        #expect(signature.outputs["y"]?.tensorName == "y:0")
        #expect(
            model.restore == SavedModel.Restore(filenameTensorName: "save/Const:0", restoreOpName: "save/restore_all"))
        #expect(model.initOpName == nil)
        #expect(model.variablesPrefix == Fixtures.prefix("ref_variables"))
        #expect(model.graph.nodes.contains { $0.op == "VariableV2" })
        #expect(model.library.functions.isEmpty && model.assets.isEmpty && model.objectGraph.isEmpty)
    }

    @Test func aTF2ModelWithFunctions() throws {
        let model = try read("tf2_nested")
        #expect(Set(model.signatures.keys) == ["serving_default", "__saved_model_init_op"])
        let signature = try #require(model.signatures["serving_default"])
        #expect(Set(signature.inputs.keys) == ["x", "word"])
        #expect(signature.inputs["word"]?.dataType == .string)
        #expect(Set(signature.outputs.keys) == ["y", "where", "left", "right", "id"])
        #expect(model.signatures["__saved_model_init_op"]?.outputs["__saved_model_init_op"]?.dataType == .invalid)
        #expect(model.initOpName == "NoOp")
        #expect(model.restore?.filenameTensorName == "saver_filename:0")
        #expect(model.restore?.restoreOpName.hasPrefix("StatefulPartitionedCall") == true)
        #expect(model.assets.map(\.path) == [Fixtures.path("tf2_nested") + "/assets/words.txt"])
        #expect(!model.objectGraph.isEmpty)
    }

    @Test func assetsAndInitOpOfATF1Model() throws {
        let model = try read("asset_table")
        #expect(
            model.assets == [
                SavedModel.Asset(tensorName: "words_file:0", path: Fixtures.path("asset_table") + "/assets/words.txt")
            ])
        #expect(model.initOpName == "init_all_tables")
        #expect(model.variablesPrefix == nil)
    }

    @Test func defaultsOfASignature() throws {
        let signature = try #require(try read("defaults").signatures["serving_default"])
        #expect(signature.defaults["x"]?.array(Float.self) == [1.5])
    }

    @Test func metaGraphsAreChosenByTheirExactTags() throws {
        #expect(try read("two_tag_sets").graph.nodes.contains { $0.name == "a" })
        #expect(try read("two_tag_sets", tags: ["gpu", "serve"]).tags == ["gpu", "serve"])
        let status = failure { () throws(Status) in _ = try read("two_tag_sets", tags: ["gpu"]) }
        #expect(
            status
                == .notFound(
                    "Could not find meta graph def matching supplied tags: { gpu }. To inspect available tag-sets in the "
                        + "SavedModel, please use the SavedModel CLI: `saved_model_cli`"))
        let both = failure { () throws(Status) in _ = try read("ref_variables", tags: ["serve", "train"]) }
        #expect(both?.message.contains("{ serve train }") == true)
    }

    @Test func textAndBinaryAreTheSameModel() throws {
        let text = try read("pbtxt")
        let binary = try read("ref_variables")
        #expect(GraphDump.lines(text.graph) == GraphDump.lines(binary.graph))
        #expect(text.signatureDefs == binary.signatureDefs)
        #expect(text.restore == binary.restore)
    }

    @Test func signatureDefsAreKeptAsTheyAre() throws {
        let model = try read("keras3_dense")
        let file = Fixtures.read(Fixtures.path("keras3_dense") + "/saved_model.pb")
        #expect(Set(model.signatureDefs.keys) == Set(model.signatures.keys))
        for bytes in model.signatureDefs.values {
            #expect(!bytes.isEmpty)
            #expect(contains(file, bytes))
        }
    }

    private func contains(_ all: [UInt8], _ part: [UInt8]) -> Bool {
        all.indices.contains { all[$0...].starts(with: part) }
    }

    // MARK: - What is not a SavedModel

    @Test func foldersWithoutASavedModel() {
        let scratch = Scratch()
        let absent = failure { () throws(Status) in _ = try SavedModel.read(directory: scratch.path) }
        #expect(
            absent
                == .notFound(
                    "Specified file path does not appear to contain a SavedModel bundle (should have a file called "
                        + "`saved_model.pb`)\nSpecified file path: \(scratch.path)"))
        scratch.write("export.meta", [])
        let old = failure { () throws(Status) in _ = try SavedModel.read(directory: scratch.path) }
        #expect(old == .unimplemented("Session Bundle is deprecated and removed."))
    }

    @Test(arguments: [
        (
            "node { name: 'a' op: 'NoOp' } node { name: 'a' op: 'NoOp' }", StatusCode.invalidArgument,
            "Node 'a' is not unique"
        ),
        (
            "node { name: 'a' op: 'Identity' input: 'b:1' }", .invalidArgument, "Node 'a': Unknown input node 'b:1'"
        ),
        ("node { name: 'a' op: 'NoOp' input: '^b' }", .invalidArgument, "Node 'a': Unknown input node '^b'"),
        ("node { name: 'a' op: 'Identity' input: 'a:-1' }", .invalidArgument, "Node 'a': Unknown input node 'a:-1'"),
        (
            "node { name: 'a' op: 'Identity' input: 'a:99999999999' }", .invalidArgument,
            "Node 'a': Unknown input node 'a:99999999999'"
        ),
        (
            "node { name: 'a' op: 'Const' }", .failedPrecondition,
            "Saved model contains node \"a\" (op \"Const\") which is a constant tensor but no value has been provided"
        ),
        (
            "node { name: 'a' op: 'Const' attr { key: 'value' value { tensor { dtype: DT_FLOAT "
                + "tensor_shape { dim { size: -5 } } } } } }", .failedPrecondition,
            "Saved model contains node \"a\" (op \"Const\") which initializes from a tensor with -1 elements"
        ),
        (
            "node { name: 'a' op: 'f' } library { function { signature { name: 'f' } "
                + "node_def { name: 'n' op: 'Identity' input: 'x' } } }",
            .invalidArgument, "Function 'f': Node 'n': Unknown input node 'x'"
        ),
        (
            "node { name: 'a' op: 'f' } library { function { signature { name: 'f' output_arg { name: 'r' } } } }",
            .invalidArgument, "Function 'f': result 'r' is missing"
        ),
        (
            "node { name: 'a' op: 'f' } library { function { signature { name: 'f' } node_def { name: 'm' op: 'TopKV2' } "
                + "node_def { name: 'n' op: 'Identity' input: 'm:nothing:0' } } }",
            .invalidArgument, "Function 'f': Node 'n': Node 'm' (op 'TopKV2') has no output 'nothing:0'"
        ),
    ])
    func brokenGraphs(_ graph: String, _ code: StatusCode, _ message: String) {
        let scratch = Scratch()
        scratch.write(
            "saved_model.pbtxt", Array("meta_graphs { meta_info_def { tags: 'serve' } graph_def { \(graph) } }".utf8))
        let status = failure { () throws(Status) in _ = try SavedModel.read(directory: scratch.path) }
        #expect(status == Status(code, message))
    }

    @Test(arguments: ["../secret", "/etc/passwd", "", "a/../../b"]) func assetsStayInTheirFolder(_ name: String) {
        let scratch = Scratch()
        scratch.write(
            "saved_model.pbtxt",
            Array(
                "meta_graphs { meta_info_def { tags: 'serve' } graph_def {} asset_file_def { filename: '\(name)' } }"
                    .utf8))
        let status = failure { () throws(Status) in _ = try SavedModel.read(directory: scratch.path) }
        #expect(status?.code == .invalidArgument)
    }

    @Test func anAmbiguousInitOpIsRefused() {
        let scratch = Scratch()
        scratch.write(
            "saved_model.pbtxt",
            Array(
                ("meta_graphs { meta_info_def { tags: 'serve' } graph_def {} "
                    + "collection_def { key: 'saved_model_main_op' value { node_list { value: ['a', 'b'] } } } }").utf8)
        )
        let status = failure { () throws(Status) in _ = try SavedModel.read(directory: scratch.path) }
        #expect(status == .failedPrecondition("Expected exactly one main op in : \(scratch.path)"))
    }

    @Test func aConstantThatWouldFillTheMemoryIsRefused() {
        let scratch = Scratch()
        let dimensions = "dim { size: 100000 } dim { size: 100000 }"
        scratch.write(
            "saved_model.pbtxt",
            Array(
                ("meta_graphs { meta_info_def { tags: 'serve' } graph_def { node { name: 'big' op: 'Const' attr { key: 'value' "
                    + "value { tensor { dtype: DT_FLOAT tensor_shape { \(dimensions) } float_val: 1 } } } } } }").utf8))
        let status = failure { () throws(Status) in _ = try SavedModel.read(directory: scratch.path) }
        #expect(status?.code == .resourceExhausted)
        #expect(status?.message.hasPrefix("Node 'big'") == true)
    }
}
