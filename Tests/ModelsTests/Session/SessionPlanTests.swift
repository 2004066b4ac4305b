import Graphs
import ServingCore
import TestSupport
import Tensors
import Testing

@testable import Models

/// Names become places; the texts of most errors are checked against TensorFlow's by the end-to-end tests.
@Suite struct SessionPlanTests {
    private let graph = Graph(nodes: [
        Node(name: "x", op: "Placeholder"), Node(name: "split", op: "Split"), Node(name: "run", op: "NoOp"),
        Node(name: "unknown", op: "NoSuchOp"),
    ])

    private func plan(
        _ feeds: [(name: String, dataType: DataType)], _ fetches: [String], _ targets: [String] = []
    ) throws(Status) -> SessionPlan {
        try SessionPlan(
            feeds: feeds, fetches: fetches, targets: targets, in: graph, graph.positionsByName()
        ) { node in
            switch node.op {
            case "Placeholder": [.float]
            case "Split": [.float, .float, nil]
            case "NoOp": []
            default: nil
            }
        }
    }

    private func refusal(_ feeds: [String], _ fetches: [String], _ targets: [String] = []) -> Status? {
        failure { () throws(Status) in _ = try plan(feeds.map { ($0, .float) }, fetches, targets) }
    }

    @Test func differentNamesOfTheSameTensorsAreOnePlan() throws {
        let first = try plan([("x", .float)], ["split:1", "split"], ["run", "^run"])
        let second = try plan([("x:00", .float)], ["split:0", "split:1", "split:01"], ["run:0"])
        #expect(first.key.feeds == second.key.feeds)
        #expect(first.key.targets == second.key.targets)
        #expect(first.key == second.key)
        #expect(first.results == [1, 0])
        #expect(second.results == [0, 1, 1])
    }

    @Test func theFirstNameOfATensorThatIsFedTwiceCounts() throws {
        let plan = try plan([("x:0", .float), ("x", .float)], ["split"])
        #expect(plan.arguments == [1])
        #expect(plan.key.feeds.count == 1)
    }

    @Test func typesAreThoseOfTheGraphIfItTells() throws {
        let plan = try plan([("x", .int32), ("split:2", .int64), ("unknown:5", .bool)], [], ["run"])
        #expect(plan.key.feeds.map(\.dataType) == [.int64, .bool, .float])
        #expect(
            failure { () throws(Status) in try plan.checkTypes() }
                == .invalidArgument("Expects arg[2] to be float but int32 is provided"))
    }

    @Test func whatIsWrongIsFoundInTensorFlowsOrder() {
        let lost = "specified in either feed_devices or fetch_devices was not found in the Graph"
        #expect(refusal(["zz", "b:1"], ["a"]) == .invalidArgument("Tensor b:1, \(lost)"))
        #expect(
            refusal(["zz"], ["run"], ["none"])
                == .outOfRange("Node 'run' (type: 'NoOp', num of outputs: 0) does not have output 0"))
        #expect(refusal([], []) == .invalidArgument("Must specify at least one target to fetch or execute."))
        #expect(refusal(["x", "x"], ["x"]) == .invalidArgument("Endpoint \"x\" fed more than once."))
        #expect(refusal(["x"], ["x"], ["none"]) == .invalidArgument("x is both fed and fetched."))
        #expect(
            refusal([], ["x"], ["none", "also"])
                == .notFound("PruneForTargets: Some target nodes not found: also none "))
    }

    @Test func outputsOfNodesThatTellNothingAreLeftToTheCompiler() throws {
        #expect(try plan([], ["unknown:7"]).key.fetches == [OutletID(node: 3, slot: 7)])
        #expect(
            refusal([], ["^unknown"])
                == .outOfRange("Node 'unknown' (type: 'NoSuchOp', num of outputs: unknown) does not have output -1"))
    }

    @Test func anyNamesGiveAPlanOrAnError() {
        var random = Seeded(state: 5)
        let words = ["x", "split", "run", "unknown", "", ":", "^", "x:", "9", "split:2", "x:-1"]
        let allowed: Set<StatusCode> = [.invalidArgument, .outOfRange, .notFound]
        for _ in 0..<2000 {
            func names() -> [String] {
                (0..<Int.random(in: 0...3, using: &random)).map { _ in
                    let word = words.randomElement(using: &random)!
                    return Bool.random(using: &random) ? word : word + ":\(Int.random(in: 0...3, using: &random))"
                }
            }
            do throws(Status) {
                let feeds = names().map { (name: $0, dataType: DataType.float) }
                let fetches = names()
                let plan = try plan(feeds, fetches, names())
                #expect(plan.results.count == fetches.count)
                #expect(plan.results.allSatisfy { plan.key.fetches.indices.contains($0) })
                #expect(plan.arguments.allSatisfy { feeds.indices.contains($0) })
                #expect(plan.arguments.count == plan.key.feeds.count)
            } catch {
                #expect(allowed.contains(error.code))
            }
        }
    }
}
