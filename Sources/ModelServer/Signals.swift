import Glibc

/// The signals that end the server.
enum Signals {
    private static var ending: sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, SIGTERM)
        sigaddset(&set, SIGINT)
        return set
    }

    /// Keeps SIGTERM and SIGINT for `wait`, and ignores SIGPIPE and SIGXFSZ, which stand for errors that writing reports. To be called before any thread is started, because
    /// threads inherit the mask.
    static func block() {
        var set = ending
        pthread_sigmask(SIG_BLOCK, &set, nil)
        signal(SIGPIPE, SIG_IGN)
        signal(SIGXFSZ, SIG_IGN)
    }

    /// Waits for SIGTERM or SIGINT and returns which came.
    static func wait() -> Int32 {
        var set = ending
        var received: Int32 = 0
        while sigwait(&set, &received) != 0 {}
        return received
    }
}
