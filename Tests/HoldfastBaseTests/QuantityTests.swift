import HoldfastBase
import Testing

@Suite struct QuantityTests {
    @Test(arguments: [
        ("10s", Interval.seconds(10)), ("500ms", .milliseconds(500)), ("2m", .seconds(120)),
        ("1h30m", .seconds(5400)), ("0", .zero), ("0s", .zero), ("250us", .microseconds(250)),
        ("1_000ms", .seconds(1)),
    ])
    func durations(text: String, expected: Interval) {
        #expect(Quantity.interval(text) == expected)
        #expect(Quantity.interval(Quantity.text(expected)) == expected)
    }

    @Test(arguments: [
        "", "s", "10", "10 s", "1.5s", "-1s", "10S", "1s1h", "1s1s", "10sec", "９s", "s10",
        "9999999999999999h", "99999999999999999999s", "1h 30m",
    ])
    func notDurations(text: String) { #expect(Quantity.interval(text) == nil) }

    @Test func sizes() {
        #expect(Quantity.bytes("64KiB") == 65_536)
        #expect(Quantity.bytes("4096") == 4096)
        #expect(Quantity.bytes("1GiB") == 1 << 30)
        #expect(Quantity.bytes("5B") == 5)
        for text in ["64KB", "64K", "KiB", "1.5MiB", "-1", "9999999999999GiB", "1 MiB"] {
            #expect(Quantity.bytes(text) == nil, "\(text)")
        }
        for bytes: Int64 in [0, 1, 1024, 1 << 20, 1536, 1 << 30, .max] {
            #expect(Quantity.bytes(Quantity.text(bytes: bytes)) == bytes)
        }
    }
}
