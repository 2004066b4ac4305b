import Glibc

/// The memory of the machine.
enum PhysicalMemory {
    /// Bytes of memory, or a cautious guess if the system does not tell.
    static var byteCount: Int {
        let pages = sysconf(Int32(_SC_PHYS_PAGES))
        let pageSize = sysconf(Int32(_SC_PAGESIZE))
        return pages > 0 && pageSize > 0 ? pages * pageSize : 4 << 30
    }
}

/// Sleeps for `milliseconds`.
func usleepMilliseconds(_ milliseconds: UInt32) { usleep(milliseconds * 1000) }
