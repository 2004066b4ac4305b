import ServingCore
import Synchronization
import Tensors

/// The named objects of a loaded model that outlive a run: variables, tables, queues.
public final class ResourceStore: Sendable {
    private struct Key: Hashable {
        let type: ObjectIdentifier
        let container: String
        let name: String
    }

    private let objects = Mutex<[Key: any AnyObject & Sendable]>([:])

    public init() {}

    /// The object of type `Object` under `container` and `name`; made by `make` if there is none yet.
    public func findOrCreate<Object: AnyObject & Sendable>(
        _: Object.Type, container: String, name: String, _ make: () -> Object
    ) -> Object {
        objects.withLock { objects in
            let key = Key(type: ObjectIdentifier(Object.self), container: container, name: name)
            if let found = objects[key] as? Object { return found }
            let object = make()
            objects[key] = object
            return object
        }
    }

    /// The object of type `Object` under `container` and `name`, if there is one.
    public func find<Object: AnyObject & Sendable>(_: Object.Type, container: String, name: String) -> Object? {
        objects.withLock { $0[Key(type: ObjectIdentifier(Object.self), container: container, name: name)] as? Object }
    }
}

/// A variable of a model: a tensor that ops can replace while others read it.
///
/// A reader gets the value of one moment and keeps it; a writer replaces the whole tensor.
public final class Variable: Sendable {
    public let name: String
    public let container: String
    /// The shape that a reference variable of TensorFlow 1 was declared with; nil for a resource variable.
    public let declaredShape: PartialShape?
    private let value = Mutex<Tensor?>(nil)

    public init(name: String, container: String = "", declaredShape: PartialShape? = nil) {
        self.name = name
        self.container = container
        self.declaredShape = declaredShape
    }

    /// The value, or nil before the first assignment.
    public var current: Tensor? { value.withLock { $0 } }

    /// The value. Throws FAILED_PRECONDITION with TensorFlow's text before the first assignment.
    public func read() throws(Status) -> Tensor {
        if let tensor = current { return tensor }
        guard declaredShape == nil else { throw missing }
        throw .failedPrecondition(
            "Could not find variable \(name). This could mean that the variable has been deleted. In TF1, it can also "
                + "mean the variable is uninitialized. Debug info: container=\(containerName), status error "
                + "message=\(missing.message)")
    }

    /// The error of ops that look a variable up before its first assignment.
    public var missing: Status {
        declaredShape != nil
            ? .failedPrecondition("Attempting to use uninitialized value \(name)")
            : .notFound("Resource \(containerName)/\(name)/N10tensorflow3VarE does not exist.")
    }

    private var containerName: String { container.isEmpty ? "localhost" : container }

    /// Takes the value away.
    public func clear() { value.withLock { $0 = nil } }

    public func assign(_ tensor: Tensor) { value.withLock { $0 = tensor } }

    /// Replaces the value by what `change` makes of it, as one step for all other readers and writers.
    public func update(_ change: (Tensor) throws(Status) -> Tensor) throws(Status) -> Tensor {
        var failure: Status?
        let updated: Tensor? = value.withLock { value in
            guard let old = value else { return nil }
            do throws(Status) {
                let new = try change(old)
                value = new
                return new
            } catch {
                failure = error
                return nil
            }
        }
        if let failure { throw failure }
        guard let updated else { throw missing }
        return updated
    }
}
