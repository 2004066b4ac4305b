import Execution
import Graphs
import Kernels
import ServingCore
import Synchronization
import Tensors
import Testing

@testable import Compiler

@Suite struct GraphCompilerTests {
    let ops = TestOps()
    let resources = ResourceStore()

    func compiler(_ library: FunctionLibrary = FunctionLibrary()) -> GraphCompiler {
        GraphCompiler(registry: ops.registry, library: library, resources: resources)
    }

    /// A function of one argument whose body is `AddOne` after a `Record` that nothing reads.
    func recordingFunction(_ name: String, calling inner: String? = nil) -> FunctionDefinition {
        var body = Graph()
        let argument = body.node("x", "_Arg")
        let record = body.node("effect", "Record", [argument])
        let result = body.node("y", inner ?? "AddOne", [argument])
        return FunctionDefinition(
            name: name, body: body, parameters: [("x", .float)], results: [result], controlResults: [record.node],
            attributes: Attributes())
    }

    @Test func fedTensorReplacesWhateverComputesIt() throws {
        var graph = Graph()
        let unknown = graph.node("placeholder", "NoSuchOp")
        _ = graph.node("y", "AddOne", [unknown])
        let result = try compiler().evaluate(graph, feeds: [("placeholder:0", [1, 2])], fetches: ["y:0"])
        #expect(result == [[2, 3]])
    }

    @Test func nodesThatWaitForAFedPlaceholderWaitForTheArgument() throws {
        var graph = Graph()
        let x = graph.node("x", "Placeholder")
        graph.nodes[x.node].attributes["dtype"] = .type(.float)
        let c = graph.constant("c", [1])
        _ = graph.node("y", "Identity", [c], after: [x.node])
        let compiler = GraphCompiler(library: FunctionLibrary(), resources: resources)
        #expect(try compiler.evaluate(graph, feeds: [("x", [5])], fetches: ["y"]) == [[1]])
    }

    @Test func writesThroughAReferenceThatWasPassedOnAreFound() throws {
        var graph = Graph()
        let type: [String: Attribute] = ["dtype": .type(.float), "T": .type(.float)]
        let variable = graph.node("v", "VariableV2")
        let alias = graph.node("alias", "RefIdentity", [variable])
        let x = graph.node("x", "Placeholder")
        _ = graph.node("assign", "Assign", [alias, x])
        for index in graph.nodes.indices { graph.nodes[index].attributes = Attributes(type) }
        let compiler = GraphCompiler(library: FunctionLibrary(), resources: resources)
        let prepared = try compiler.prepare(
            graph, feeds: [("x", TensorFact(.float))], fetches: [], targets: ["assign"])
        #expect(try compiler.variables(of: prepared).written.count == 1)
    }

    @Test func readsOfVariablesThatNothingWritesAreNotWaitedFor() throws {
        var graph = Graph()
        let handle = graph.node("v", "VarHandleOp")
        graph.nodes[handle.node].attributes = Attributes(["dtype": .type(.float), "shape": .shape(.unknown)])
        let read = graph.node("read", "ReadVariableOp", [handle])
        graph.nodes[read.node].attributes["dtype"] = .type(.float)
        let x = graph.node("x", "Placeholder")
        let done = graph.node("done", "NoOp", [], after: [read.node])
        _ = graph.node("y", "Neg", [x], after: [done.node])
        let compiler = GraphCompiler(library: FunctionLibrary(), resources: resources)
        let prepared = try compiler.prepare(
            graph, feeds: [("x", TensorFact(.float))], fetches: ["y"], targets: ["read"])
        #expect(try compiler.compile(prepared).steps.map(\.op) == ["ReadVariableOp", "Neg"])
        let frozen = try compiler.compile(prepared) { _ in Tensor([1 as Float]) }
        #expect(frozen.steps.map(\.op) == ["Neg"])
    }

    @Test func constantsAreFoldedOnceAndNotRunAgain() throws {
        var graph = Graph()
        let c = graph.constant("c", [1, 2])
        let d = graph.node("d", "AddOne", [c])
        let x = graph.node("x", "Placeholder")
        _ = graph.node("y", "AddTwo", [x, d])
        let prepared = try compiler().prepare(graph, feeds: [("x", TensorFact(.float))], fetches: ["y"])
        let program = try compiler().compile(prepared)
        let before = ops.addOneRuns.load(ordering: .relaxed)
        let context = ExecutionContext()
        for _ in 0..<3 {
            #expect(try program.run([Tensor([10 as Float, 20])], in: context)[0].array(Float.self) == [12, 23])
        }
        #expect(ops.addOneRuns.load(ordering: .relaxed) == before)
        #expect(program.steps.map(\.op) == ["AddTwo"])
    }

    @Test func callsAreInlinedAndTheirEffectsHappenBeforeResultsAreUsed() throws {
        let library = FunctionLibrary([recordingFunction("f")])
        var graph = Graph()
        let x = graph.node("x", "Placeholder")
        let call = OutletID(
            node: graph.add(
                Node(
                    name: "call", op: "StatefulPartitionedCall", inputs: [x],
                    attributes: Attributes(["f": .function(FunctionReference(name: "f"))]))))
        _ = graph.node("after", "Record", [call])
        let result = try compiler(library).evaluate(graph, feeds: [("x", [5])], fetches: ["after"])
        #expect(result == [[6]])
        #expect(ops.recordedNames == ["effect", "after"])
    }

    @Test func nodesThatWaitForACallRunAfterItsEffects() throws {
        let library = FunctionLibrary([recordingFunction("f")])
        var graph = Graph()
        let x = graph.node("x", "Placeholder")
        let first = graph.node("first", "Record", [x])
        let call = graph.node("call", "f", [x], after: [first.node])
        let last = graph.node("last", "Record", [x], after: [call.node])
        _ = graph.node("done", "NoOp", [], after: [last.node])
        _ = try compiler(library).evaluate(graph, feeds: [("x", [5])], fetches: [], targets: ["done"])
        #expect(ops.recordedNames == ["first", "effect", "last"])
    }

    @Test func functionsThatCallThemselvesAreRefused() {
        let library = FunctionLibrary([recordingFunction("f", calling: "f")])
        var graph = Graph()
        _ = graph.node("y", "f", [graph.node("x", "Placeholder")])
        #expect(throws: Status.self) { try compiler(library).evaluate(graph, feeds: [("x", [5])], fetches: ["y"]) }
    }

    @Test func cyclesAreRefusedWithTheNodesName() throws {
        var graph = Graph()
        _ = graph.node("a", "AddOne", [OutletID(node: 1)])
        _ = graph.node("b", "AddOne", [OutletID(node: 0)])
        let error = #expect(throws: Status.self) { try compiler().evaluate(graph, fetches: ["b"]) }
        #expect(error?.code == .invalidArgument)
        #expect(error?.message.contains("cycle through node") == true)
    }

    @Test func cyclesOfNodesThatOnlyPassValuesOnAreRefused() {
        var graph = Graph()
        _ = graph.node("a", "Identity", [OutletID(node: 1)])
        _ = graph.node("b", "Identity", [OutletID(node: 0)])
        #expect(throws: Status.self) { try compiler().evaluate(graph, fetches: ["b"]) }
    }

    @Test func allUnsupportedOpsAreListedWithTheirNodes() throws {
        var graph = Graph()
        let x = graph.node("x", "Placeholder")
        let a = graph.node("a", "Wibble", [x])
        _ = graph.node("b", "Wobble", [a])
        let compiler = compiler()
        let prepared = try compiler.prepare(graph, feeds: [("x", TensorFact(.float))], fetches: ["b"])
        let error = #expect(throws: Status.self) { try compiler.checkSupport(of: [prepared]) }
        #expect(error?.code == .notFound)
        #expect(error?.message.hasPrefix("Op type not registered 'Wibble' in binary running on ") == true)
        #expect(error?.message.hasSuffix("not supported: Wibble (node a), Wobble (node b)") == true)
    }

    @Test func tensorThatIsFedAndFetchedIsRefused() throws {
        var graph = Graph()
        _ = graph.node("x", "Placeholder")
        let error = #expect(throws: Status.self) {
            try compiler().evaluate(graph, feeds: [("x:0", [1])], fetches: ["x:0"])
        }
        #expect(error == .invalidArgument("x:0 is both fed and fetched."))
    }

    @Test func outputThatANodeDoesNotHaveIsRefused() {
        var graph = Graph()
        let c = graph.constant("c", [1])
        _ = graph.node("y", "AddOne", [OutletID(node: c.node, slot: 3)])
        #expect(throws: Status.self) { try compiler().evaluate(graph, fetches: ["y"]) }
    }

    @Test func errorsNameTheNode() throws {
        var graph = Graph()
        _ = graph.node("deep/bad", "Fail", [graph.node("x", "Placeholder")])
        let error = #expect(throws: Status.self) {
            try compiler().evaluate(graph, feeds: [("x", [1])], fetches: ["deep/bad"])
        }
        #expect(error == .outOfRange("no such row\n\t [[{{node deep/bad}}]]"))
    }

    @Test func variablesThatNothingWritesBecomeConstants() throws {
        var graph = Graph()
        let handle = graph.node("v", "VarHandleOp")
        let read = graph.node("read", "ReadVariableOp", [handle])
        _ = graph.node("y", "AddOne", [read])
        let variable = resources.findOrCreate(Variable.self, container: "", name: "v") { Variable(name: "v") }
        variable.assign(Tensor([41 as Float]))
        let compiler = compiler()
        let prepared = try compiler.prepare(graph, feeds: [], fetches: ["y"])
        #expect(try compiler.variables(of: prepared).written.isEmpty)
        let program = try compiler.compile(prepared) { $0.current }
        #expect(program.steps.isEmpty)
        #expect(try program.run([], in: ExecutionContext())[0].array(Float.self) == [42])
    }

    @Test func variablesThatASignatureWritesAreFoundThroughIdentities() throws {
        var graph = Graph()
        let handle = graph.node("v", "VarHandleOp")
        let alias = graph.node("alias", "Identity", [handle])
        let x = graph.node("x", "Placeholder")
        let assign = graph.node("assign", "AssignVariableOp", [alias, x])
        _ = graph.node("read", "ReadVariableOp", [handle], after: [assign.node])
        let compiler = compiler()
        let prepared = try compiler.prepare(graph, feeds: [("x", TensorFact(.float))], fetches: ["read"])
        #expect(try compiler.variables(of: prepared).written.count == 1)
        let program = try compiler.compile(prepared)
        #expect(try program.run([Tensor([7 as Float])], in: ExecutionContext())[0].array(Float.self) == [7])
    }

    @Test func longChainsDoNotExhaustTheStack() throws {
        var graph = Graph()
        var last = graph.node("x", "Placeholder")
        for index in 0..<50_000 { last = graph.node("n\(index)", "Identity", [last]) }
        _ = graph.node("y", "AddOne", [last])
        #expect(try compiler().evaluate(graph, feeds: [("x", [1])], fetches: ["y"]) == [[2]])
    }
}
