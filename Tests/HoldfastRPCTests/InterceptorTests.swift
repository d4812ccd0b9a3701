import HoldfastBase
import Testing

@testable import HoldfastRPC
@testable import HoldfastWire

@Suite(.timeLimit(.minutes(5))) struct InterceptorTests {
    private struct Guard: ServerInterceptor {
        let log: HandlerLog

        func interceptUnary(
            _ request: any WireMessage, context: ServerContext,
            next:
                @escaping @Sendable (any WireMessage, ServerContext) async throws -> any WireMessage
        ) async throws -> any WireMessage {
            log.note("server saw \(context.method)")
            guard context.metadata.contains(where: { $0.name == "key" }) else {
                throw RPCError(
                    .permissionDenied, "no key", reason: "NO_KEY", metadata: ["a": "b"],
                    violations: [.init(field: "payload", description: "is missing")])
            }
            return try await next(request, context)
        }
    }

    private struct AddKey: ClientInterceptor {
        func interceptUnary(
            _ request: any WireMessage, method: String, options: CallOptions,
            next:
                @Sendable (any WireMessage, CallOptions) async throws(RPCError)
                -> any WireMessage
        ) async throws(RPCError) -> any WireMessage {
            var options = options
            options.metadata.append(CallMetadata(name: "key", value: [1]))
            return try await next(request, options)
        }
    }

    @Test func bothEndsInterceptAndErrorsArriveWhole() async throws {
        let log = HandlerLog()
        let server = try TestServer { registry in
            registry.intercept(with: Guard(log: log))
            registry.unary(EchoService.Methods.echo) { request, context in
                log.note("handler \(context.requestID?.description ?? "none")")
                #expect(context.peer.identity == "holdfast://dev/client")
                return EchoResponse(payload: request.payload)
            }
        }
        defer { server.stop() }
        let plain = try server.channel()
        defer { plain.close() }
        do throws(RPCError) {
            _ = try await plain.unary(
                EchoService.Methods.echo, EchoRequest(), options: CallOptions())
            Issue.record("the interceptor let it pass")
        } catch {
            #expect(
                error
                    == RPCError(
                        .permissionDenied, "no key", reason: "NO_KEY", metadata: ["a": "b"],
                        violations: [.init(field: "payload", description: "is missing")]))
        }
        var configuration = try server.configuration()
        configuration.interceptors = [AddKey()]
        let keyed = try RPCChannel(configuration)
        defer { keyed.close() }
        let id = RequestID(high: 1, low: 2)
        let answer = try await keyed.unary(
            EchoService.Methods.echo, EchoRequest(payload: [9]),
            options: CallOptions(requestID: id))
        #expect(answer.payload == [9])
        #expect(log.count("handler \(id)") == 1)
        #expect(log.count("server saw holdfast.v1.EchoService/Echo") == 2)
    }

    @Test func whatAHandlerDidNotMeanToSayStaysOnTheServer() async throws {
        struct Secret: Error { let password = "hunter2" }
        let server = try TestServer { registry in
            registry.unary(EchoService.Methods.echo) { _, _ in throw Secret() }
        }
        defer { server.stop() }
        let channel = try server.channel()
        defer { channel.close() }
        do throws(RPCError) {
            _ = try await channel.unary(
                EchoService.Methods.echo, EchoRequest(), options: CallOptions())
        } catch {
            #expect(error.code == .internal)
            #expect(!error.description.contains("hunter2"))
        }
    }

    @Test func aNULInAnOptionIsAnErrorOfTheCallOnly() async throws {
        let server = try TestServer()
        defer { server.stop() }
        let channel = try server.channel()
        defer { channel.close() }
        do throws(RPCError) {
            _ = try await channel.unary(
                EchoService.Methods.echo, EchoRequest(),
                options: CallOptions(traceparent: "a\u{0}b"))
            Issue.record("accepted")
        } catch {
            #expect(error.code == .invalidArgument)
        }
        _ = try await channel.unary(
            EchoService.Methods.echo, EchoRequest(), options: CallOptions())
    }

    @Test func manyLargeAnswersAtOnceDoNotEndAnHonestReader() async throws {
        let server = try TestServer()
        defer { server.stop() }
        let channel = try server.channel()
        defer { channel.close() }
        let payload = [UInt8](repeating: 7, count: 60_000)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<200 {
                group.addTask {
                    let answer = try await channel.unary(
                        EchoService.Methods.echo, EchoRequest(payload: payload, delayMs: 50),
                        options: CallOptions(timeout: Patience.time, retries: false))
                    #expect(answer.payload == payload)
                }
            }
            try await group.waitForAll()
        }
        #expect(await server.engine.statistics().accepted == 1)
    }
}
