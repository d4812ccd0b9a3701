internal import HoldfastBase
internal import HoldfastRPC
internal import HoldfastRuntime

/// Writes what the loops have counted as Prometheus reads it.
struct ServerMetrics {
    let statistics: ServerStatistics
    let methods: [String]

    func write(into text: inout MetricText) {
        levels(&text)
        totals(&text)
        reasons(&text)
        calls(&text)
        latencies(&text)
        ticks(&text)
    }

    private func one(
        _ text: inout MetricText, _ name: String, _ help: String, _ kind: MetricKind,
        _ value: some BinaryInteger
    ) {
        text.begin(MetricFamily(name: name, help: help, kind: kind))
        text.sample(name, [], String(value))
    }

    private func levels(_ text: inout MetricText) {
        one(
            &text, "holdfast_rpc_connections", "Open connections.", .gauge,
            statistics.connectionsOpen)
        one(
            &text, "holdfast_tls_handshakes_in_flight", "TLS handshakes in progress.", .gauge,
            statistics.handshakesInFlight)
        one(
            &text, "holdfast_rpc_streams_active", "Open calls that are answered soon.", .gauge,
            statistics.activeStreams)
        one(
            &text, "holdfast_rpc_streams_parked", "Open waits, watches and server streams.", .gauge,
            statistics.parkedStreams)
    }

    private func totals(_ text: inout MetricText) {
        one(
            &text, "holdfast_rpc_connections_accepted_total", "Connections accepted.", .counter,
            statistics.accepted)
        one(
            &text, "holdfast_tls_handshakes_completed_total", "TLS handshakes that succeeded.",
            .counter, statistics.handshakesCompleted)
        one(
            &text, "holdfast_rpc_accept_pauses_total",
            "Times accepting stopped because no descriptor or memory was left.", .counter,
            statistics.acceptPauses)
        one(
            &text, "holdfast_rpc_received_bytes_total", "Bytes read, inside TLS.", .counter,
            statistics.bytesIn)
        one(
            &text, "holdfast_rpc_sent_bytes_total", "Bytes written, inside TLS.", .counter,
            statistics.bytesOut)
        one(
            &text, "holdfast_rpc_items_sent_total", "Elements of server streams sent.", .counter,
            statistics.itemsSent)
        one(
            &text, "holdfast_rpc_answers_dropped_total",
            "Answers and elements that found no caller any more.", .counter,
            statistics.answersDropped)
    }

    private func reasons(_ text: inout MetricText) {
        let families: [(String, String, [String: UInt64])] = [
            (
                "holdfast_tls_handshake_failures_total", "TLS handshakes that failed, by reason.",
                statistics.handshakeFailures
            ),
            (
                "holdfast_rpc_connections_refused_total",
                "Connections closed as soon as accepted, by reason.", statistics.admissionRefusals
            ),
            (
                "holdfast_rpc_connections_ended_total", "Connections that ended, by reason.",
                statistics.connectionEnds
            ),
        ]
        for (name, help, counts) in families where !counts.isEmpty {
            text.begin(MetricFamily(name: name, help: help, kind: .counter))
            for (reason, count) in counts.sorted(by: { $0.key < $1.key }) {
                text.sample(name, [(name: "reason", value: reason)], String(count))
            }
        }
    }

    private func calls(_ text: inout MetricText) {
        let name = "holdfast_rpc_server_calls_total"
        text.begin(
            MetricFamily(name: name, help: "Calls answered, by method and code.", kind: .counter))
        for (index, count) in statistics.calls.enumerated() where count > 0 {
            let method = index / ServerStatistics.codes
            let code = index % ServerStatistics.codes
            text.sample(
                name,
                [
                    (name: "method", value: method < methods.count ? methods[method] : "unknown"),
                    (name: "code", value: ServerStatistics.codeName(code)),
                ], String(count))
        }
    }

    private func ticks(_ text: inout MetricText) {
        let name = "holdfast_loop_tick_seconds"
        text.begin(
            MetricFamily(
                name: name, help: "Length of the rounds of the event loops.", kind: .histogram))
        let lengths = statistics.tickLengths
        let histogram = MetricHistogram(
            first: 0, bounds: TickLengths.boundsNanoseconds, unitsPerShown: 1e9)
        text.histogram(name, [], histogram, lengths.counts, lengths.sumNanoseconds)
    }

    private func latencies(_ text: inout MetricText) {
        let name = "holdfast_rpc_server_call_duration_seconds"
        let bounds = ServerStatistics.latencyBoundsMicroseconds
        let width = bounds.count + 1
        text.begin(
            MetricFamily(
                name: name,
                help: "Time from reading a call to answering it, for calls not answered at once.",
                kind: .histogram))
        for (index, method) in methods.enumerated() {
            let counts = Array(statistics.latencies[(index * width)..<((index + 1) * width)])
            guard counts.contains(where: { $0 > 0 }) else { continue }
            let histogram = MetricHistogram(
                first: 0, bounds: bounds.map { UInt64($0) * 1000 }, unitsPerShown: 1e9)
            text.histogram(
                name, [(name: "method", value: method)], histogram, counts,
                statistics.latencySumsNanoseconds[index])
        }
    }
}
