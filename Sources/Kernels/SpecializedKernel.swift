import Execution
import ServingCore

/// A kernel behind a function value.
///
/// Calls of a generic class through a protocol run its generic code, however often the class is used with one element
/// type. A closure that is formed where that type is known calls the specialised code.
private final class SpecializedKernel: Kernel {
    typealias Compute = @Sendable (borrowing KernelContext) throws(Status) -> Void
    private let body: Compute

    init(_ body: @escaping Compute) { self.body = body }

    func compute(_ context: borrowing KernelContext) throws(Status) { try body(context) }
}

/// `kernel`, called through code that is specialised for its generic arguments; every kernel of a generic class goes
/// through here. To be called where the arguments are spelled out.
@inline(__always)
func specialized<K: Kernel>(_ kernel: K) -> any Kernel {
    SpecializedKernel { (context) throws(Status) in try kernel.compute(context) }
}
