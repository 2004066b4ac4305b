import CPlatform
import Glibc

/// A named POSIX thread. It must be joined before the last reference goes away, or detached by never being joined.
public final class Thread: @unchecked Sendable {
    private var handle = pthread_t()

    private final class Start {
        let name: String
        let niceness: Int32
        let body: @Sendable () -> Void

        init(_ name: String, _ niceness: Int32, _ body: @escaping @Sendable () -> Void) {
            self.name = name
            self.niceness = niceness
            self.body = body
        }
    }

    /// Starts `body` on a new thread.
    /// - Parameters:
    ///   - name: shown by `ps -L` and `top -H`; cut to 15 bytes.
    ///   - niceness: 0 for normal threads, up to 19 for threads that must give way to all others, to disks as well as to
    ///     processors, and that interrupt nobody when they wake up. Threads inherit that of their maker.
    ///   - stackBytes: the size of the thread's stack.
    public init(name: String, niceness: Int32 = 0, stackBytes: Int = 2 << 20, _ body: @escaping @Sendable () -> Void) {
        let start = Unmanaged.passRetained(Start(name, niceness, body))
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setstacksize(&attributes, stackBytes)
        let failure = pthread_create(&handle, &attributes, Thread.run, start.toOpaque())
        pthread_attr_destroy(&attributes)
        precondition(failure == 0, "cannot create thread \(name): \(String(cString: strerror(failure)))")
    }

    private static let run: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { raw in
        let start = Unmanaged<Start>.fromOpaque(raw!).takeRetainedValue()
        cplatform_name_thread(String(start.name.prefix(15)))
        if start.niceness != 0 { cplatform_set_niceness(start.niceness) }
        start.body()
        return nil
    }

    public func join() { pthread_join(handle, nil) }

    /// A number that no two running threads share; what belongs to one thread compares it to know who is asking.
    public static var currentIdentity: UInt { UInt(pthread_self()) }
}
