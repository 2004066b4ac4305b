import Glibc

/// The signals that the server takes: SIGTERM and SIGINT end it, SIGHUP makes it read its list of models again.
enum Signals {
    private static var taken: sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, SIGTERM)
        sigaddset(&set, SIGINT)
        sigaddset(&set, SIGHUP)
        return set
    }

    /// Keeps the signals for `wait`, and ignores SIGPIPE and SIGXFSZ, because what causes them is also reported as an error
    /// of the call that writes. To be called before any thread is started, because
    /// threads inherit the mask.
    static func block() {
        var set = taken
        pthread_sigmask(SIG_BLOCK, &set, nil)
        signal(SIGPIPE, SIG_IGN)
        signal(SIGXFSZ, SIG_IGN)
    }

    /// Waits for one of the signals and returns which came.
    static func wait() -> Int32 {
        var set = taken
        var received: Int32 = 0
        while sigwait(&set, &received) != 0 {}
        return received
    }
}
