import Glibc

/// What the kernel says about this process.
package struct ProcessStatus: Hashable, Sendable {
    /// Memory that is in RAM.
    package var residentBytes: UInt64
    /// Address space in use.
    package var virtualBytes: UInt64
    /// Processor time of all threads, in seconds.
    package var cpuSeconds: Double
    /// Start, in seconds since 1970.
    package var startSeconds: Double
    /// Threads.
    package var threads: UInt64

    /// The status now; nil when /proc cannot be read.
    package static func now() -> ProcessStatus? {
        guard let status = readFile("/proc/self/stat"), let system = readFile("/proc/stat") else {
            return nil
        }
        return ProcessStatus(
            status: status, system: system, ticksPerSecond: sysconf(Int32(_SC_CLK_TCK)),
            pageBytes: sysconf(Int32(_SC_PAGESIZE)))
    }

    /// Reads the texts of /proc/self/stat and /proc/stat (proc(5)).
    package init?(status: String, system: String, ticksPerSecond: Int, pageBytes: Int) {
        // The name of the program stands in parentheses and may itself contain blanks and ")".
        guard let close = status.lastIndex(of: ")") else { return nil }
        let fields = status[status.index(after: close)...].split(separator: " ")
        let boot = system.split(separator: "\n").first { $0.hasPrefix("btime ") }
        guard fields.count > 21, ticksPerSecond > 0, pageBytes > 0,
            let user = UInt64(fields[11]), let kernel = UInt64(fields[12]),
            let threads = UInt64(fields[17]), let start = UInt64(fields[19]),
            let virtual = UInt64(fields[20]), let pages = UInt64(fields[21]),
            let boot, let bootSeconds = UInt64(boot.dropFirst(6))
        else { return nil }
        residentBytes = pages &* UInt64(pageBytes)
        virtualBytes = virtual
        cpuSeconds = Double(user &+ kernel) / Double(ticksPerSecond)
        startSeconds = Double(bootSeconds) + Double(start) / Double(ticksPerSecond)
        self.threads = threads
    }

    /// Open descriptors of this process, less the one that counting takes.
    package static func openDescriptors() -> Int? {
        guard let folder = unsafe opendir("/proc/self/fd") else { return nil }
        defer { unsafe closedir(folder) }
        var count = -3
        while unsafe readdir(folder) != nil { count += 1 }
        return max(0, count)
    }

    /// Descriptors this process may open.
    package static func descriptorsMax() -> UInt64? {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
            return nil
        }
        return UInt64(limit.rlim_cur)
    }

    private static func readFile(_ path: String) -> String? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        // /proc/stat grows with processors and interrupts, and "btime" stands behind those.
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while bytes.count < 1 << 20 {
            let count = unsafe buffer.withUnsafeMutableBytes {
                unsafe read(descriptor, $0.baseAddress, $0.count)
            }
            if count <= 0 { break }
            bytes += buffer[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
