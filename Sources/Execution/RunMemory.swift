import ServingCore
import Tensors

/// The memory of one run at a time: recycled buffers, and the scratch memory of the kernel calls that are under way.
///
/// A value that the context and the steps reach through one pointer, so that a step costs no reference counting and no checks
/// of access. Confined to the thread that runs.
struct RunMemory: ~Copyable {
    private var pool: BufferPool
    /// Innermost call last.
    private var temporaries: [Tensor] = []

    init(limit: Int) { pool = BufferPool(limit: limit) }

    /// Throws RESOURCE_EXHAUSTED if the tensor does not fit into memory or the run's limit.
    mutating func allocate(_ dataType: DataType, _ shape: TensorShape) throws(Status) -> Tensor {
        let (bytes, overflow) = shape.elementCount.multipliedReportingOverflow(by: dataType.byteCount)
        guard !overflow, shape.isAddressable, let buffer = pool.takeUnmanaged(bytes) else {
            throw RunMemory.exhausted(dataType, shape)
        }
        if dataType.isReference {
            buffer._withUnsafeGuaranteedRef { $0.base }.assumingMemoryBound(to: ElementReference.self)
                .initialize(repeating: ElementReference(pointer: nil, count: 0), count: shape.elementCount)
        }
        return Tensor(dataType: dataType, shape: shape, buffer: buffer.takeRetainedValue())
    }

    @inline(never)
    private static func exhausted(_ dataType: DataType, _ shape: TensorShape) -> Status {
        .resourceExhausted("OOM when allocating tensor with shape\(shape) and type \(dataType.name)")
    }

    mutating func allocateTemporary(_ dataType: DataType, _ shape: TensorShape) throws(Status) -> Tensor {
        let tensor = try allocate(dataType, shape)
        temporaries.append(tensor)
        return tensor
    }

    /// Stands for the scratch memory allocated so far.
    var temporaryMark: Int { temporaries.count }

    /// Keeps the scratch memory allocated since `mark` for later, except what was passed on.
    mutating func releaseTemporaries(since mark: Int) {
        while temporaries.count > mark {
            var slot: Tensor? = temporaries.removeLast()
            release(&slot)
        }
    }

    /// Drops `slot` and keeps its memory for later if nobody else holds it.
    mutating func release(_ slot: UnsafeMutablePointer<Tensor?>) {
        guard slot.pointee != nil else { return }
        guard slot.pointee!.ownsBufferAlone() else {
            slot.pointee = nil
            return
        }
        let holdsObjects = slot.pointee!.dataType == .variant || slot.pointee!.dataType == .resource
        guard let buffer = slot.move()?.takeBuffer() else { return }
        slot.initialize(to: nil)
        if holdsObjects { releaseElements(of: buffer) } else { pool.recycle(buffer) }
    }

    /// Keeps the memory of `tensor` for later if nobody else holds it.
    mutating func discard(_ tensor: consuming Tensor) {
        var slot: Tensor? = consume tensor
        release(&slot)
    }

    /// Keeps the elements of a container for later that only `buffer`, which is about to go, refers to.
    private mutating func releaseElements(of buffer: TensorBuffer) {
        guard let container = buffer.detachOnlyContainer() else { return }
        pool.discharge(container.chargedBytes)
        var elements = container.surrender()
        while let element = elements.popLast() { discard(consume element) }
    }

    /// Counts `bytes` that a value of the run takes outside of tensors; false beyond the limit.
    mutating func charge(_ bytes: Int) -> Bool { pool.charge(bytes) }

    mutating func endRun() { pool.endRun() }

    mutating func forgetUse() { pool.forgetUse() }
}
