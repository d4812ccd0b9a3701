/// Writes the Prometheus text format, version 0.0.4.
///
/// See https://prometheus.io/docs/instrumenting/exposition_formats/: HELP escapes `\` and line
/// ends, label values escape `"` too, buckets are cumulative and end with `+Inf`.
package struct MetricText {
    /// What the answer to a scrape says its body is.
    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    private(set) var text = ""

    mutating func begin(_ family: MetricFamily) {
        let help = family.help.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
        text += "# HELP \(family.name) \(help)\n# TYPE \(family.name) \(family.kind.rawValue)\n"
    }

    mutating func sample(
        _ name: String, _ labels: [(name: String, value: String)], _ value: String
    ) {
        text += name
        if !labels.isEmpty {
            let pairs = labels.map { "\($0.name)=\"\(Self.escaped($0.value))\"" }
            text += "{\(pairs.joined(separator: ","))}"
        }
        text += " \(value)\n"
    }

    mutating func histogram(
        _ name: String, _ labels: [(name: String, value: String)], _ histogram: MetricHistogram,
        _ counts: [UInt64], _ sum: UInt64
    ) {
        var total: UInt64 = 0
        for (index, count) in counts.enumerated() {
            total &+= count
            let bound =
                index < histogram.bounds.count
                ? Self.number(Double(histogram.bounds[index]) / histogram.unitsPerShown) : "+Inf"
            sample("\(name)_bucket", labels + [(name: "le", value: bound)], String(total))
        }
        sample("\(name)_sum", labels, Self.number(Double(sum) / histogram.unitsPerShown))
        // The sum of the buckets, and not a cell of its own, so that count and +Inf never differ.
        sample("\(name)_count", labels, String(total))
    }

    private static func escaped(_ value: String) -> String {
        value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
            .replacing("\n", with: "\\n")
    }

    /// Whole numbers without a fraction; what is no number in the words of the format.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        if value == value.rounded(), let whole = Int64(exactly: value) { return String(whole) }
        return "\(value)"
    }

    /// `[a-zA-Z_][a-zA-Z0-9_]*`: what names of metrics and labels look like here.
    static func isName(_ name: String) -> Bool {
        guard let first = name.utf8.first, !(0x30...0x39).contains(first) else { return false }
        return name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
    }
}
