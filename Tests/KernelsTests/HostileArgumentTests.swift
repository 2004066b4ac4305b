import ServingCore
import Tensors
import Testing

@testable import Kernels

/// Numbers from a model or a request that are legal for their type but so large, small or odd that careless arithmetic traps.
@Suite struct HostileArgumentTests {
    private let ops = OpRunner()

    @Test func splitSizesBelowMinusOneAreRefused() {
        let sizes = Tensor([-1, Int64.min])
        let error = ops.failure(
            "SplitV", ["num_split": .int(2)], [Tensor([1, 2, 3] as [Float]), sizes, Tensor(scalar: Int32(0))])
        #expect(error == .invalidArgument("Split size at index 1 must be >= 0. Got: \(Int64.min)"))
    }
}
