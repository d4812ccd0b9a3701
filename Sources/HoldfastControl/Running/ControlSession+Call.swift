internal import Holdfast
internal import HoldfastBase
internal import HoldfastRPC
internal import HoldfastWire

/// Any call, by description.
extension ControlSession {
    func call(_ command: CallCommand) async throws -> ExitStatus {
        let schema = try LocalRunner.schema(command.descriptors, files)
        let method = try schema.method(command.method)
        let json =
            switch command.json {
            case nil: Array("{}".utf8)
            case "-": try files.needed("-")
            case let text?: Array(text.utf8)
            }
        let request = RawMessage(try MessageEncoder(schema).encode(json, as: method.request))
        let decoder = MessageDecoder(schema)
        var options = options
        options.requestID = command.id.flatMap { unsafe RequestID($0.span.bytes) }
        let descriptor = MethodDescriptor<RawMessage, RawMessage>(
            path: method.path, kind: method.isStream ? .serverStream : .unary)
        guard method.isStream else {
            // One that waits, as the request may ask, has the time for it only if --timeout says so.
            let response = try await client.channel.unary(descriptor, request, options: options)
            try print(response, method, decoder)
            return .ok
        }
        var count = 0
        let elements = client.channel.serverStream(descriptor, request, options: options)
        do {
            for try await element in elements {
                try print(element, method, decoder)
                count += 1
                if count == command.count { return .ok }
            }
        } catch let error as RPCError where error.code == .cancelled && Task.isCancelled {
            return .ok
        }
        return .ok
    }

    /// JSON in every form: there is no table for what nobody knows.
    private func print(
        _ message: RawMessage, _ method: ProtoSchema.Method, _ decoder: MessageDecoder
    ) throws {
        let json = try decoder.decode(message.bytes, as: method.response)
        guard console.print(json.line + "\n") else { throw ReaderGone() }
    }
}
