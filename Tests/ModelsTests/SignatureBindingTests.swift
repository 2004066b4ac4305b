import SavedModels
import ServingCore
import Tensors
import TestSupport
import Testing

@testable import Models

/// Which tensors a request must send, in TensorFlow Serving's words.
@Suite struct SignatureBindingTests {
    private func runner(_ signature: String) throws -> SignatureRunner {
        try #require(try load("Tests/Fixtures/EndToEnd/models/arithmetic/1").runner(for: signature))
    }

    private func refusal(_ signature: String, _ sent: [String]) throws -> Status? {
        let runner = try runner(signature)
        return failure { () throws(Status) in
            _ = try runner.feeds(sent: sent) { (_) throws(Status) in Tensor(scalar: Float(1)) }
        }
    }

    @Test func tooManyOrTooFewInputs() throws {
        #expect(
            try refusal("pair", ["b", "c", "a"])
                == .invalidArgument(
                    "input size does not match signature: 3!=2 len({a,b,c}) != len({a,b}). Sent extra: {c}. "
                        + "Missing but required: {}."))
        #expect(
            try refusal("pair", ["b"])
                == .invalidArgument(
                    "input size does not match signature: 1!=2 len({b}) != len({a,b}). Sent extra: {}. "
                        + "Missing but required: {a}."))
        #expect(
            try refusal("pair", [])
                == .invalidArgument(
                    "input size does not match signature: 0!=2 len({}) != len({a,b}). Sent extra: {}. "
                        + "Missing but required: {a,b}."))
    }

    @Test func aRightNumberOfWrongNames() throws {
        #expect(
            try refusal("pair", ["a", "c"])
                == .invalidArgument(
                    "Signature input alias: b(feed name: b:0) not found in request and no default value provided. "
                        + "Inputs expected to be in the request {a,c}, or default input alias set: "))
    }

    @Test func defaultsDoNotHideWrongNames() throws {
        #expect(
            try refusal("defaulted", ["b"])
                == .invalidArgument(
                    "Signature input alias: a(feed name: a:0) not found in request and no default value provided. "
                        + "Inputs expected to be in the request {b}, or default input alias set: b"))
        #expect(
            try refusal("defaulted", ["z", "a"])
                == .invalidArgument("Inputs contains invalid name. Used request inputs: a, request input: a,z"))
        #expect(try refusal("defaulted", ["a"]) == nil)
    }

    @Test func aTensorThatIsNone() throws {
        let runner = try runner("pair")
        func refusal(_ error: Status) -> Status? {
            failure { () throws(Status) in
                _ = try runner.feeds(sent: ["a", "b"]) { (position) throws(Status) in
                    if position == 1 { throw error }
                    return Tensor(scalar: Float(1))
                }
            }
        }
        #expect(refusal(.invalidArgument("negative size")) == .invalidArgument("tensor parsing error: b"))
        #expect(refusal(.resourceExhausted("too large")) == .resourceExhausted("too large"))
    }

    @Test func inputsAreCountedByTensorName() throws {
        let runner = try runner("reshape")
        #expect(runner.inputs.map(\.alias) == ["values", "shape"])
        #expect(runner.inputs.map(\.port.tensorName) == ["left:0", "shape:0"])
        let status = failure { () throws(Status) in
            try runner.checkTypes(of: [.float, .int64])
        }
        #expect(status == .invalidArgument("Expects arg[1] to be int32 but int64 is provided"))
    }

    @Test func outputFilters() throws {
        let runner = try runner("pair")
        #expect(try runner.outputs(filter: []) == ["difference", "product", "sum"])
        #expect(try runner.outputs(filter: ["sum", "product"]) == ["sum", "product"])
        let unknown = failure { () throws(Status) in _ = try runner.outputs(filter: ["sum", "quotient"]) }
        #expect(
            unknown
                == .invalidArgument(
                    "output tensor alias not found in signature: quotient Outputs expected to be in the set "
                        + "{difference,product,sum}."))
        let repeated = failure { () throws(Status) in _ = try runner.outputs(filter: ["sum", "sum"]) }
        #expect(repeated == .invalidArgument("duplicate output tensor alias: sum"))
    }

    @Test func aTensorThatIsFedAndFetched() throws {
        var model = try SavedModel.read(directory: Repository.path("Tests/Fixtures/SavedModels/ref_variables"))
        var signature = try #require(model.signatures["serving_default"])
        signature.outputs["echo"] = signature.inputs["x"]
        model.signatures["serving_default"] = signature
        let loaded = try ModelBuilder(model, Model.Environment()).build()
        let x = ["x": Tensor([2] as [Float])]
        #expect(try loaded.answer("serving_default", x, outputs: ["y"])["y"]?.array(Float.self) == [3])
        for outputs in [[], ["echo"], ["y", "echo"]] {
            let status = failure { () throws(Status) in _ = try loaded.answer("serving_default", x, outputs: outputs) }
            #expect(status == .invalidArgument("x:0 is both fed and fetched."))
        }
    }
}
