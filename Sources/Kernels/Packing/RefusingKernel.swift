import Execution
import ServingCore

/// The kernel of a node that stands for others and leaves all calls to them.
final class RefusingKernel: Kernel {
    func compute(_ context: borrowing KernelContext) throws(Status) {
        throw .unimplemented("a product whose weights have factors does not take these inputs")
    }

    /// What `make` makes; this kernel if it throws because weights become too large.
    static func unlessTooLarge(_ make: () throws(Status) -> any Kernel) throws(Status) -> any Kernel {
        do throws(Status) {
            return try make()
        } catch {
            guard error.code == .outOfRange else { throw error }
            return RefusingKernel()
        }
    }
}
