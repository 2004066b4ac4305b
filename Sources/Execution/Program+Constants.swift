import ServingCore
import Tensors

extension Program {
    /// Constants that runs read in rare calls at most, because all kernels that have them as inputs hold them in another form.
    public var packedConstants: [Tensor] {
        zip(constantTensors, constantsAreRead).compactMap { constant, isRead in isRead ? nil : constant }
    }

    /// Brings all other constants into memory, so that no run waits for a disk. Throws UNAVAILABLE if they can't be read from
    /// their file any more.
    public func bringBackConstants() throws(Status) {
        for (constant, isRead) in zip(constantTensors, constantsAreRead) where isRead {
            guard constant.buffer.bringBack() else {
                throw .unavailable("a constant of \(constant.byteCount) bytes can't be read from its file any more")
            }
        }
    }

    private var constantsAreRead: [Bool] {
        var areRead = constantTensors.map { _ in false }
        for slot in resultSlots where slot < 0 { areRead[Int(~slot)] = true }
        for step in steps {
            let packed = step.kernel.packedInputs
            for (input, slot) in step.inputs.enumerated() where slot < 0 && !packed.contains(input) {
                areRead[Int(~slot)] = true
            }
        }
        return areRead
    }
}
