import Execution
import Graphs
import Kernels
import ServingCore
import Synchronization
import Tensors

@testable import Compiler

/// Ops for graphs in tests: `AddOne`, `Sum`, and `Record`, which notes the order in which its nodes ran.
final class TestOps: Sendable {
    private let recorded = Mutex<[String]>([])
    let addOneRuns = Atomic<Int>(0)

    var recordedNames: [String] { recorded.withLock { $0 } }

    var registry: OpRegistry {
        OpRegistry([
            ["Identity", "Const", "NoOp", "IdentityN"].map { OpRegistry.standard[$0]! },
            [
                OpDefinition("AddOne", infer: Inference.sameAsInput) { [self] (_) throws(Status) in AddOne(self) },
                OpDefinition("AddTwo", infer: Inference.sameAsInput) { (_) throws(Status) in Sum() },
                OpDefinition("Record", isStateful: true, infer: Inference.sameAsInput) {
                    [self] (construction) throws(Status) in Record(self, construction.node.name)
                },
                OpDefinition("Fail", infer: Inference.sameAsInput) { (_) throws(Status) in Fail() },
            ],
            variableOps,
        ])
    }

    private let variableOps: [OpDefinition] = [
        OpDefinition("VarHandleOp", isStateful: true) { (_) throws(Status) in
            [TensorFact(.resource, PartialShape([]))]
        } makeKernel: { (construction) throws(Status) in
            let variable = construction.resources.findOrCreate(
                Variable.self, container: "", name: construction.node.name
            ) { Variable(name: construction.node.name) }
            return Fixed(Tensor(object: variable, dataType: .resource))
        },
        OpDefinition("ReadVariableOp", isStateful: true) { (_) throws(Status) in
            [TensorFact(.float)]
        } makeKernel: { (_) throws(Status) in
            ReadVariable()
        },
        OpDefinition("AssignVariableOp", isStateful: true, infer: Inference.noOutputs) { (_) throws(Status) in
            AssignVariable()
        },
    ]

    private final class AddOne: Kernel {
        let ops: TestOps
        init(_ ops: TestOps) { self.ops = ops }
        func compute(_ context: borrowing KernelContext) throws(Status) {
            ops.addOneRuns.add(1, ordering: .relaxed)
            let shape = context.input(0).shape
            let output = try context.allocateOutput(0, .float, shape, reusing: 0..<1).elements(Float.self)
            let input = context.input(0).elements(Float.self)
            for index in input.indices { output[index] = input[index] + 1 }
        }
    }

    private final class Sum: Kernel {
        func compute(_ context: borrowing KernelContext) throws(Status) {
            let output = try context.allocateOutput(0, .float, context.input(0).shape).elements(Float.self)
            output.initialize(repeating: 0)
            for input in 0..<context.inputCount {
                let values = context.input(input).elements(Float.self)
                for index in output.indices { output[index] += values[index] }
            }
        }
    }

    private final class Record: Kernel {
        let ops: TestOps
        let name: String
        init(_ ops: TestOps, _ name: String) {
            self.ops = ops
            self.name = name
        }
        func compute(_ context: borrowing KernelContext) throws(Status) {
            ops.recorded.withLock { $0.append(name) }
            context.setOutput(0, context.input(0))
        }
    }

    private final class Fail: Kernel {
        func compute(_ context: borrowing KernelContext) throws(Status) { throw .outOfRange("no such row") }
    }

    private final class Fixed: Kernel {
        let tensor: Tensor
        init(_ tensor: Tensor) { self.tensor = tensor }
        func compute(_ context: borrowing KernelContext) throws(Status) { context.setOutput(0, tensor) }
    }

    private final class ReadVariable: Kernel {
        func compute(_ context: borrowing KernelContext) throws(Status) {
            context.setOutput(0, try context.input(0).object(as: Variable.self)!.read())
        }
    }

    private final class AssignVariable: Kernel {
        func compute(_ context: borrowing KernelContext) throws(Status) {
            context.input(0).object(as: Variable.self)!.assign(context.input(1))
        }
    }
}

/// Short forms for building graphs in tests.
extension Graph {
    mutating func node(_ name: String, _ op: String, _ inputs: [OutletID] = [], after: [Int] = []) -> OutletID {
        OutletID(node: add(Node(name: name, op: op, inputs: inputs, controlInputs: after)))
    }

    mutating func constant(_ name: String, _ values: [Float]) -> OutletID {
        OutletID(node: add(Node(name: name, op: "Const", attributes: Attributes(["value": .tensor(Tensor(values))]))))
    }
}

extension GraphCompiler {
    /// Compiles and runs in one step; all tensors are float vectors.
    func evaluate(
        _ graph: Graph, feeds: [(String, [Float])] = [], fetches: [String], targets: [String] = []
    ) throws(Status) -> [[Float]] {
        let prepared = try prepare(
            graph, feeds: feeds.map { ($0.0, TensorFact(.float)) }, fetches: fetches, targets: targets)
        let results = try compile(prepared).run(feeds.map { Tensor($0.1) }, in: ExecutionContext())
        return results.map { $0.array(Float.self) }
    }
}
