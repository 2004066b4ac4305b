import Glibc

/// One object for each thread, made when the thread first asks for it and released when the thread ends.
public final class ThreadLocal<Value: AnyObject>: @unchecked Sendable {  // each thread sees its own object only
    private var key = pthread_key_t()
    private let make: @Sendable () -> Value

    /// The number of keys is limited by the system (1024), so this is for objects that live as long as the process.
    public init(_ make: @escaping @Sendable () -> Value) {
        self.make = make
        let failure = pthread_key_create(&key) { raw in
            if let raw { Unmanaged<AnyObject>.fromOpaque(raw).release() }
        }
        precondition(failure == 0, "no thread-local key is left")
    }

    deinit { pthread_key_delete(key) }

    /// The calling thread's object.
    public var value: Value {
        if let raw = pthread_getspecific(key) { return Unmanaged<Value>.fromOpaque(raw).takeUnretainedValue() }
        let value = make()
        pthread_setspecific(key, Unmanaged.passRetained(value).toOpaque())
        return value
    }
}
