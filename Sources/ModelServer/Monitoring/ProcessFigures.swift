import Glibc
import Metrics

/// What the system says of this process, under the names that Prometheus' client libraries use.
enum ProcessFigures {
    static func register(in registry: MetricRegistry) {
        registry.add(
            .counter, "process_cpu_seconds_total", help: "Time that the process has used of processors, in seconds."
        ) { [(values: [], value: processorSeconds)] }
        registry.addGauge("process_resident_memory_bytes", help: "Memory of the process that is in RAM, in bytes.") {
            memory.map { Double($0.resident) }
        }
        registry.addGauge("process_virtual_memory_bytes", help: "Address space of the process, in bytes.") {
            memory.map { Double($0.virtual) }
        }
        registry.addGauge("process_open_fds", help: "Files and sockets that the process has open.") {
            openFiles.map(Double.init)
        }
        registry.addGauge("process_max_fds", help: "Files and sockets that the process may have open.") {
            openFileLimit.map(Double.init)
        }
        registry.addGauge("process_threads", help: "Threads of the process.") {
            SystemFile.contents(of: "/proc/self/status").flatMap { SystemFile.number("Threads", in: $0) }
                .map(Double.init)
        }
        let start = startSeconds
        registry.addGauge("process_start_time_seconds", help: "When the process began, in seconds since 1970.") {
            start
        }
    }

    private static var processorSeconds: Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }

    private static var memory: (virtual: Int, resident: Int)? {
        guard let text = SystemFile.contents(of: "/proc/self/statm") else { return nil }
        let pages = text.split(separator: " ").prefix(2).compactMap { Int($0) }
        let size = sysconf(Int32(_SC_PAGESIZE))
        guard pages.count == 2, size > 0 else { return nil }
        return (
            virtual: pages[0].multipliedReportingOverflow(by: size).partialValue,
            resident: pages[1].multipliedReportingOverflow(by: size).partialValue
        )
    }

    /// The one that counts them is left out.
    private static var openFiles: Int? {
        guard let folder = opendir("/proc/self/fd") else { return nil }
        defer { closedir(folder) }
        var count = 0
        while readdir(folder) != nil { count += 1 }
        // Two entries are the folder itself and the one above it.
        return max(0, count - 3)
    }

    private static var openFileLimit: UInt? {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return nil }
        return limit.rlim_cur
    }

    /// The start as the system knows it, in seconds since 1970; nil if it does not tell.
    private static var startSeconds: Double? {
        guard let own = SystemFile.contents(of: "/proc/self/stat"), let name = own.lastIndex(of: ")"),
            let machine = SystemFile.contents(of: "/proc/stat", limit: 1 << 20),
            let boot = SystemFile.number("btime", in: machine)
        else { return nil }
        // Behind the name, which may contain anything, the state is the first field and the start the twentieth.
        let fields = own[own.index(after: name)...].split(separator: " ")
        let ticks = sysconf(Int32(_SC_CLK_TCK))
        guard fields.count > 19, let start = Double(fields[19]), ticks > 0 else { return nil }
        return Double(boot) + start / Double(ticks)
    }
}
