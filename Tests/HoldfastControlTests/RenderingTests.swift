import HoldfastBase
import HoldfastControl
import Testing

@Suite struct RenderingTests {
    @Test(
        arguments: [
            (0, "0ms"), (999, "999ms"), (1000, "1.0s"), (9999, "9.9s"), (10_000, "10s"),
            (59_999, "59s"), (60_000, "1m00s"), (125_000, "2m05s"), (3_600_000, "1h00m"),
            (11_520_000, "3h12m"), (446_400_000, "5d04h"),
        ] as [(UInt64, String)])
    func durations(milliseconds: UInt64, text: String) {
        #expect(HumanText.duration(milliseconds: milliseconds) == text)
    }

    @Test(
        arguments: [
            (0, "0B"), (1023, "1023B"), (1024, "1.0KiB"), (1536, "1.5KiB"), (65_536, "64KiB"),
            (1_048_575, "1023KiB"), (1 << 20, "1.0MiB"), (20_602_880, "19MiB"),
            (UInt64.max, "16777215TiB"),
        ] as [(UInt64, String)])
    func sizes(bytes: UInt64, text: String) {
        #expect(HumanText.bytes(bytes) == text)
    }

    @Test func roundTripsHaveTheDigitsThatCount() {
        #expect(HumanText.roundTrip(.microseconds(12)) == "0.012 ms")
        #expect(HumanText.roundTrip(.microseconds(9_999)) == "9.999 ms")
        #expect(HumanText.roundTrip(.microseconds(12_345)) == "12.3 ms")
        #expect(HumanText.roundTrip(.milliseconds(1_204)) == "1.204 s")
        #expect(HumanText.milliseconds(.microseconds(1_005)) == "1.005")
        #expect(HumanText.count(1234) == "1234")
        #expect(HumanText.count(1_234_567) == "1 234 567")
    }

    @Test func jsonIsExactAndHarmless() {
        let document = JSONValue.object([
            "big": .number(UInt64.max), "less": .signed(-1), "none": .null,
            "text": .text("a\"b\\c\n\u{1B}[2J\u{202E}é"), "list": .list([.bool(true), .list([])]),
            "bytes": .hexadecimal([0, 0xAB]),
        ])
        #expect(
            document.line == #"{"big":18446744073709551615,"less":-1,"none":null,"#
                + #""text":"a\"b\\c\n\u001b[2J\u202eé","list":[true,[]],"bytes":"00ab"}"#)
    }

    private var table: TextTable {
        var table = TextTable([
            .init("ID", isNumber: true), .init("NAME", fit: .cutFront(6)),
            .init("MORE", leaveOut: 1), .init("TEXT", fit: .wrap(8)),
        ])
        table.add(["7", "holdfast://dev/admin", "x", "some words to break"])
        table.add(["128", "b", "yy", "z"])
        return table
    }

    @Test func aPipeGetsEverything() {
        #expect(
            table.text(columns: nil, paint: Paint(isColored: false)) == """
                 ID  NAME                  MORE  TEXT
                  7  holdfast://dev/admin  x     some words to break
                128  b                     yy    z

                """)
    }

    @Test(arguments: 21...60) func aTerminalGetsWhatFits(width: Int) {
        let text = table.text(columns: width, paint: Paint(isColored: false))
        let lines = text.split(separator: "\n")
        #expect(lines.allSatisfy { $0.count <= width }, "\(text)")
        #expect(lines[0].contains("ID") && lines[0].contains("TEXT"))
        #expect(lines.contains { $0.contains("break") })
    }

    @Test func columnsAreLeftOutAndShortened() {
        #expect(
            table.text(columns: 21, paint: Paint(isColored: false)) == """
                 ID  NAME    TEXT
                  7  …admin  some
                             words to
                             break
                128  b       z

                """)
    }

    @Test func colorsAreForTerminalsThatWantThem() {
        #expect(Paint.wanted(isTerminal: true, environment: [(name: "TERM", value: "xterm")]))
        #expect(!Paint.wanted(isTerminal: false, environment: []))
        #expect(!Paint.wanted(isTerminal: true, environment: [(name: "NO_COLOR", value: "1")]))
        #expect(!Paint.wanted(isTerminal: true, environment: [(name: "TERM", value: "dumb")]))
        #expect(Paint(isColored: true).apply(.bad, "x") == "\u{1B}[31mx\u{1B}[0m")
        // Colours take no room in a table.
        let plain = table.text(columns: 40, paint: Paint(isColored: false))
        let painted = table.text(columns: 40, paint: Paint(isColored: true))
        #expect(painted.replacing(#/\u{1B}\[[0-9]*m/#, with: "") == plain)
    }

    @Test func pingStatistics() throws {
        var statistics = PingStatistics()
        #expect(statistics.summary == nil)
        for number in 1...200 { statistics.answered(in: .microseconds(Int64(number))) }
        statistics.failed()
        #expect(statistics.calls == 201 && statistics.answers == 200)
        let summary = try #require(statistics.summary)
        #expect(summary.least == .microseconds(1) && summary.greatest == .microseconds(200))
        #expect(summary.percentile99 == .microseconds(198))
        #expect(summary.average == Interval(nanoseconds: 100_500))
    }

    @Test func pingStatisticsForgetOldSamples() throws {
        var statistics = PingStatistics()
        for _ in 0..<100 { statistics.answered(in: .seconds(1)) }
        for _ in 0..<PingStatistics.samplesMax { statistics.answered(in: .microseconds(5)) }
        let summary = try #require(statistics.summary)
        #expect(summary.percentile99 == .microseconds(5) && summary.greatest == .seconds(1))
    }
}
