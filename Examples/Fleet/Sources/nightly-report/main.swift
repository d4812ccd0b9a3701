import Fleet
import Holdfast

// nightly-report DAY: to be started by cron on every host of the fleet; one of them makes the report.
guard CommandLine.arguments.count == 2 else { fail("usage: nightly-report DAY", status: 2) }
let day = CommandLine.arguments[1]

func makeReport() async throws {
    if let reason = variable("REPORT_FAILS") { throw HoldfastError.state(reason) }
    try await Task.sleep(for: .milliseconds(200))
}

do {
    let client = try HoldfastClient(connection())
    do {
        // The day is in the name: tomorrow is another lock. A lease that nothing renews: longer than the
        // report takes, and than the clocks of two hosts are apart.
        let lock = try await client.acquire(
            "reports/\(day)", LockOptions(ttl: .seconds(3600), wait: .zero, autoRenew: false))
        do {
            try await makeReport()
            try lock.check()
        } catch {
            // Given back: another host may try it.
            try? await lock.release()
            throw error
        }
        say("the report of \(day) is made, fence \(lock.fence)")
        // Not given back: it ends by itself, and until then a host that is late finds it taken.
        client.close()
    } catch let refused as NotAcquired {
        say("not here: \(refused.refusal.explanation)")
        await client.shutDown()
    } catch {
        await client.shutDown()
        throw error
    }
} catch {
    fail("nightly-report: \(error)")
}
