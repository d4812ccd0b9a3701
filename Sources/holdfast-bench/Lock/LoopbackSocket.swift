import Glibc
import HoldfastBase
import HoldfastSystem

/// Connections to what this run has started, which may take a moment to listen.
enum LoopbackSocket {
    static func connect(port: Int, patience: Interval) throws -> Descriptor {
        guard let address = SocketAddress.numeric(host: "127.0.0.1", port: port) else {
            throw BenchError("no loopback address")
        }
        let end = Clocks.now() + patience
        while true {
            let descriptor = try Sockets.connect(to: address)
            let poller = try Poller(eventsPerWait: 1)
            try poller.add(descriptor.number, .writable, token: 0)
            _ = poller.wait(milliseconds: 1000)
            if Sockets.outcome(of: descriptor.number) == nil { return descriptor }
            guard Clocks.now() < end else {
                throw BenchError("nothing listens at port \(port)")
            }
            usleep(10_000)
        }
    }
}
