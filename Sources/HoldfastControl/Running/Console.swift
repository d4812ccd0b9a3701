package import HoldfastBase

/// Where a program of the command line prints to; a stand-in in tests.
package struct Console: Sendable {
    /// Prints an answer; false when nobody reads any more.
    package let print: @Sendable (String) -> Bool
    /// Prints a complaint.
    package let complain: @Sendable (String) -> Void
    /// Characters in a line of the terminal; `nil` where answers do not go to one.
    package let columns: Int?
    /// Colours for answers.
    package let paint: Paint
    /// Colours for complaints.
    package let complaintPaint: Paint
    /// Whether there is a file that can be read.
    package let exists: @Sendable (String) -> Bool
    /// Wall-clock time.
    package let now: @Sendable () -> WallTime
    /// The clock that counts suspend.
    package let clock: @Sendable () -> Instant
    /// Shows a line that says what is waited for, in place of the one before; `nil` takes it away.
    /// `nil` where complaints do not go to a terminal.
    package let progress: (@Sendable (String?) -> Void)?

    package init(
        print: @escaping @Sendable (String) -> Bool, complain: @escaping @Sendable (String) -> Void,
        columns: Int? = nil, paint: Paint = Paint(isColored: false),
        complaintPaint: Paint = Paint(isColored: false),
        exists: @escaping @Sendable (String) -> Bool, now: @escaping @Sendable () -> WallTime,
        clock: @escaping @Sendable () -> Instant = { .zero },
        progress: (@Sendable (String?) -> Void)? = nil
    ) {
        self.print = print
        self.complain = complain
        self.columns = columns
        self.paint = paint
        self.complaintPaint = complaintPaint
        self.exists = exists
        self.now = now
        self.clock = clock
        self.progress = progress
    }

    var surface: Answer.Surface { .init(columns: columns, paint: paint) }
    /// For what goes to standard error.
    var complaintSurface: Answer.Surface { .init(columns: nil, paint: complaintPaint) }
}

/// Nobody reads what is printed: the reader of a pipe has gone. A reason to end, not to complain.
struct ReaderGone: Error {}
