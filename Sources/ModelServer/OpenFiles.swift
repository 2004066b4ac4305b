import Glibc

/// The files and sockets that this process may have open.
enum OpenFiles {
    /// Raises the limit as far as the system allows. The usual 1024 are fewer than the connections that a server takes,
    /// and when they are used up new versions can't be read either.
    static func raiseLimit() {
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0, limit.rlim_cur < limit.rlim_max else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(resource, &limit)
    }
}
