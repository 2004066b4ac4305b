import CPlatform
import Glibc

/// The system did not start a thread, for want of memory or because of a limit on their number.
public struct ThreadRefusal: Error, CustomStringConvertible {
    public let description: String
}

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

    /// Starts `body` on a new thread without which the process cannot do its work: if the system refuses it, the process
    /// says so and exits with status 255. What runs later and could be refused alone uses `init(trying:)`.
    /// - Parameters: as for `init(trying:)`.
    public convenience init(
        name: String, niceness: Int32 = 0, stackBytes: Int = 2 << 20, _ body: @escaping @Sendable () -> Void
    ) {
        do throws(ThreadRefusal) {
            try self.init(trying: name, niceness: niceness, stackBytes: stackBytes, body)
        } catch {
            var text = "\(error)\n"
            text.withUTF8 { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
            _exit(255)
        }
    }

    /// Starts `body` on a new thread, or throws if the system refuses it.
    /// - Parameters:
    ///   - name: shown by `ps -L` and `top -H`; cut to 15 bytes.
    ///   - niceness: 0 for normal threads, up to 19 for threads that must give way to all others, to disks as well as to
    ///     processors, and that interrupt nobody when they wake up. Threads inherit that of their maker.
    ///   - stackBytes: the size of the thread's stack.
    public init(
        trying name: String, niceness: Int32 = 0, stackBytes: Int = 2 << 20, _ body: @escaping @Sendable () -> Void
    ) throws(ThreadRefusal) {
        let start = Unmanaged.passRetained(Start(name, niceness, body))
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setstacksize(&attributes, stackBytes)
        let failure = pthread_create(&handle, &attributes, Thread.run, start.toOpaque())
        pthread_attr_destroy(&attributes)
        guard failure == 0 else {
            start.release()
            throw ThreadRefusal(description: "cannot start thread \(name): \(String(cString: strerror(failure)))")
        }
    }

    private static let run: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { raw in
        let start = Unmanaged<Start>.fromOpaque(raw!).takeRetainedValue()
        cplatform_name_thread(String(start.name.prefix(15)))
        if start.niceness != 0 { cplatform_set_niceness(start.niceness) }
        start.body()
        return nil
    }

    public func join() { pthread_join(handle, nil) }

    /// What the thread has used of a processor so far; 0 if it has ended. It must not have been joined.
    public var processorNanoseconds: UInt64 {
        var clock = clockid_t()
        var time = timespec()
        guard pthread_getcpuclockid(handle, &clock) == 0, clock_gettime(clock, &time) == 0 else { return 0 }
        return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
    }

    /// A number that no two running threads share; what belongs to one thread compares it to know who is asking.
    public static var currentIdentity: UInt { UInt(pthread_self()) }
}
