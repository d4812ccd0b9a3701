/// What runs programs for `lock run`; a stand-in in tests.
package struct ProcessHost: Sendable {
    /// What the operating system tells.
    package enum Event: Hashable, Sendable {
        case signalled(Int32)
        case ended(LockRun.ChildEnd)
        case stopped(isByTerminal: Bool)
    }

    /// A program to be run.
    package struct Program: Sendable {
        package let arguments: [String]
        /// In place of variables of the same name.
        package let variables: [(name: String, value: String)]
        /// What it gets when this program is killed; 0 is nothing.
        package let deathSignal: Int32
    }

    /// A program that could not be started.
    package struct StartFailure: Error, Hashable, Sendable {
        package let text: String
        package let isMissing: Bool

        package init(text: String, isMissing: Bool) {
            self.text = text
            self.isMissing = isMissing
        }
    }

    /// Has signals and what becomes of the program told to `sink` from now on; signals do nothing else
    /// then.
    package let takeOver: @Sendable (_ sink: @escaping @Sendable (Event) -> Void) -> Void
    /// Starts the one program, in a process group of its own, in the foreground where we are there.
    package let start: @Sendable (Program) async throws -> Void
    /// Signals its group.
    package let signal: @Sendable (Int32) -> Void
    /// Brings it to the foreground where we are there; says whether we were.
    package let handOver: @Sendable () -> Bool
    /// Whether anything is left of its group.
    package let isGroupAlive: @Sendable () -> Bool
    /// Who runs us, for others to see: "ada@build-7:4711".
    package let caller: @Sendable () -> String
    /// Who runs it, for others to see: "backup.sh, process 17 on host".
    package let caption: @Sendable (_ program: String) -> String

    package init(
        takeOver: @escaping @Sendable (_ sink: @escaping @Sendable (Event) -> Void) -> Void,
        start: @escaping @Sendable (Program) async throws -> Void,
        signal: @escaping @Sendable (Int32) -> Void,
        handOver: @escaping @Sendable () -> Bool,
        isGroupAlive: @escaping @Sendable () -> Bool,
        caller: @escaping @Sendable () -> String,
        caption: @escaping @Sendable (_ program: String) -> String
    ) {
        self.takeOver = takeOver
        self.start = start
        self.signal = signal
        self.handOver = handOver
        self.isGroupAlive = isGroupAlive
        self.caller = caller
        self.caption = caption
    }
}
