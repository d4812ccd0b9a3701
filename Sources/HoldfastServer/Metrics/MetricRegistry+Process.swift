extension MetricRegistry {
    /// Adds the metrics that every process has, under the names that every dashboard knows.
    package func addProcessMetrics() {
        value("process_resident_memory_bytes", help: "Memory that is in RAM.") {
            ProcessStatus.now().map { Double($0.residentBytes) }
        }
        value("process_virtual_memory_bytes", help: "Address space in use.") {
            ProcessStatus.now().map { Double($0.virtualBytes) }
        }
        value(
            "process_cpu_seconds_total", help: "Processor time of all threads.", isCounter: true
        ) {
            ProcessStatus.now().map(\.cpuSeconds)
        }
        value("process_start_time_seconds", help: "Start, in seconds since 1970.") {
            ProcessStatus.now().map(\.startSeconds)
        }
        value("process_threads", help: "Threads.") {
            ProcessStatus.now().map { Double($0.threads) }
        }
        value("process_open_fds", help: "Open descriptors.") {
            ProcessStatus.openDescriptors().map { Double($0) }
        }
        value("process_max_fds", help: "Descriptors that may be open.") {
            ProcessStatus.descriptorsMax().map { Double($0) }
        }
    }
}
