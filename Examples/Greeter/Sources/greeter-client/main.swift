import Glibc
import GreeterProto
import HoldfastRPC
import HoldfastWire

/// greeter-client CERTS-DIR [HOST:PORT]
let arguments = CommandLine.arguments.dropFirst()
guard let certificates = arguments.first else {
    print("usage: greeter-client CERTS-DIR [HOST:PORT]")
    exit(2)
}
let channel = try RPCChannel(
    ChannelConfiguration(
        endpoints: [try Endpoint(arguments.dropFirst().first ?? "127.0.0.1:7430")],
        trustedCA: "\(certificates)/ca.pem", certificate: "\(certificates)/client.pem",
        privateKey: "\(certificates)/client-key.pem"))
let greeter = GreeterServiceClient(channel)

// A call; one that would wait for a server, if it did not say otherwise.
do {
    let options = CallOptions(waitForReady: false)
    print(try await greeter.greet(GreetRequest(name: "world"), options: options).text)
} catch {
    print("greeter-client: \(error)")
    exit(1)
}

// A stream; leaving the loop ends it on the server too.
for try await step in greeter.countdown(CountdownRequest(from: 1_000_000)) {
    print("countdown: \(step.left)")
    if step.left < 999_998 { break }
}

// An error says what was wrong, and whether the same call may be made again.
do {
    _ = try await greeter.greet(GreetRequest())
} catch {
    print("refused: \(error) [retry: \(error.retryClass)]")
}

// A deadline ends the call at both ends.
do {
    let slow = GreetRequest(name: "snail", delayMs: 60_000)
    _ = try await greeter.greet(slow, options: CallOptions(timeout: .milliseconds(50)))
} catch {
    print("too slow: \(error.code.name) [retry: \(error.retryClass)]")
}

// So does cancelling the task that waits.
let waiting = Task { [greeter] in
    do throws(RPCError) {
        _ = try await greeter.greet(GreetRequest(name: "snail", delayMs: 60_000))
    } catch {
        print("cancelled: \(error.code.name) [retry: \(error.retryClass)]")
    }
}
try await Task.sleep(for: .milliseconds(50))
waiting.cancel()
await waiting.value
channel.close()
