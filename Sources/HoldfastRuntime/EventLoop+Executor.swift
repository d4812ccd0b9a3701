/// Swift tasks run on a loop as on any executor: a handler that only computes is answered in the
/// tick that read its request, and needs no lock to touch what lives there.
extension EventLoop: TaskExecutor, SerialExecutor {
    @usableFromInline
    package func enqueue(_ job: consuming ExecutorJob) {
        enqueueJob(UnownedJob(job))
    }

    @usableFromInline
    package func asUnownedTaskExecutor() -> UnownedTaskExecutor {
        unsafe UnownedTaskExecutor(ordinary: self)
    }

    @usableFromInline
    package func asUnownedSerialExecutor() -> UnownedSerialExecutor {
        unsafe UnownedSerialExecutor(ordinary: self)
    }

    @usableFromInline
    package func checkIsolated() {
        precondition(isOnLoop, "not on loop \(name)")
    }

    func run(_ job: UnownedJob) {
        unsafe job.runSynchronously(
            isolatedTo: asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor())
    }
}
