import Batching
import ServingCore
import Tensors
import Testing

struct BatchRequestTests {
    private func refusal(of inputs: [Tensor]) -> Status? {
        do throws(Status) {
            _ = try BatchRequest(inputs: inputs, deadline: .never, cancellation: nil) { _ in }
            return nil
        } catch {
            return error
        }
    }

    @Test func rowsAreTheFirstDimensionOfAllInputs() throws {
        let inputs = [Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [3, 2]), Tensor([1, 2, 3] as [Int32])]
        let request = try BatchRequest(inputs: inputs, deadline: .never, cancellation: nil) { _ in }
        #expect(request.rows == 3)
    }

    @Test func inputsWithoutCommonRowsAreRefused() {
        #expect(refusal(of: []) == .invalidArgument("Batching Run() must have at least one input tensor"))
        #expect(
            refusal(of: [Tensor(scalar: 1 as Float)])
                == .invalidArgument("Batching Run() input tensors must have at least one dimension"))
        #expect(
            refusal(of: [Tensor([1] as [Float]), Tensor([1, 2] as [Float])])
                == .invalidArgument("Batching Run() input tensors must have equal 0th-dimension size"))
    }
}
