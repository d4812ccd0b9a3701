import Glibc
import HoldfastBase
import HoldfastRPC
import HoldfastSystem
import HoldfastTLS

/// An honest caller of a server that runs already: one call at a time, at fixed times.
///
/// A caller that calls again as soon as it is answered makes few calls while the server is busy and
/// hides what it waited. Here the calls have their times: one that could not be made in time,
/// because the call before it had no answer yet, waits from its time on. A call that is late because
/// this process woke up late is not the server's fault and counts from when it was made.
struct ProbeBench {
    let endpoint: Endpoint
    let files: TLSClientFiles
    let seconds: Double
    let interval: Interval
    let json: Bool

    private static let answerMilliseconds: Int32 = 5000

    func run() throws {
        // What is measured is the server: this process should not wait for its own turn.
        Threads.wakeSoon()
        let context = try TLSReloader(clientFiles: files).current
        let load = try MachineLoad(to: endpoint, context: context, payloadBytes: 64)
        load.isRepeating = false
        let poller = try Poller(eventsPerWait: 1)
        try poller.add(load.descriptor.number, .readable, token: 0)
        let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
        defer { unsafe scratch.deallocate() }
        unsafe try call(load, poller, scratch, until: 0.1)
        load.latencies = Histogram()
        unsafe try call(load, poller, scratch, until: seconds)
        report(load)
    }

    /// Makes calls for `seconds`.
    private func call(
        _ load: MachineLoad, _ poller: borrowing Poller, _ scratch: UnsafeMutableRawBufferPointer,
        until seconds: Double
    ) throws {
        let begin = Clocks.now()
        let end = begin + Interval(nanoseconds: Int64(seconds * 1e9))
        var due = begin
        while due < end {
            let now = Clocks.now()
            if due > now {
                sleep(due - now)
                due = Clocks.now()
            }
            load.put(due)
            due = due + interval
            let answers = load.answers
            load.flush(now: Clocks.now())
            while load.answers == answers {
                guard poller.wait(milliseconds: Self.answerMilliseconds) > 0 else {
                    throw BenchError("no answer in \(Self.answerMilliseconds) ms")
                }
                unsafe load.ready(scratch: scratch)
                guard !load.isBroken else { throw BenchError("the server closed the connection") }
            }
        }
    }

    private func sleep(_ time: Interval) {
        var wanted = timespec(
            tv_sec: Int(time.nanoseconds / 1_000_000_000),
            tv_nsec: Int(time.nanoseconds % 1_000_000_000))
        _ = unsafe nanosleep(&wanted, nil)
    }

    private func report(_ load: MachineLoad) {
        let all = load.latencies
        let fields: [(String, Double)] = [
            ("calls", Double(all.count)), ("failures", Double(load.failures)),
            ("p50_us", all.microseconds(at: 0.5)), ("p99_us", all.microseconds(at: 0.99)),
            ("p999_us", all.microseconds(at: 0.999)),
        ]
        if json {
            print(Report.json([("bench", .text("probe"))] + fields.map { ($0, .number($1)) }))
        } else {
            for (name, value) in fields { print("\(name) \(Report.number(value, 1))") }
        }
    }
}
