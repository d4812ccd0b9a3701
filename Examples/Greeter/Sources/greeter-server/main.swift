import Dispatch
import Glibc
import GreeterProto
import HoldfastRPC

/// greeter-server CERTS-DIR [HOST:PORT]: the directory is what `certs/make --out CERTS-DIR` fills.
let arguments = CommandLine.arguments.dropFirst()
guard let certificates = arguments.first else {
    say("usage: greeter-server CERTS-DIR [HOST:PORT]")
    exit(2)
}
var services = ServiceRegistry()
services.intercept(with: CallLog())
Greeter().register(in: &services)
let server: RPCServer
do {
    server = try RPCServer(
        .init(
            listen: [arguments.dropFirst().first ?? "127.0.0.1:7430"],
            certificate: "\(certificates)/server.pem", privateKey: "\(certificates)/server-key.pem",
            clientCA: "\(certificates)/ca.pem", drainGrace: .seconds(5)),
        services: services)
} catch {
    say("greeter-server: \(error)")
    exit(1)
}
say("listening on \(server.addresses.joined(separator: ", "))")

// `run` serves until its task is cancelled, and then lets open calls end.
let running = Task { try await server.run() }
let signals = [SIGINT, SIGTERM].map { number in
    signal(number, SIG_IGN)
    let source = DispatchSource.makeSignalSource(signal: number, queue: .main)
    source.setEventHandler { running.cancel() }
    source.resume()
    return source
}
try await running.value
say("stopped")
_ = signals

/// Prints a line at once, also into a pipe.
func say(_ text: String) {
    print(text)
    fflush(nil)
}
