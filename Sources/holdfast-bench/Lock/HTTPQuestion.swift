import HoldfastBase
import HoldfastSystem

/// One GET at a server of this run.
enum HTTPQuestion {
    static func get(_ path: String, port: Int) throws -> String {
        let socket = try LoopbackSocket.connect(port: port, patience: .zero)
        let poller = try Poller(eventsPerWait: 1)
        try poller.add(socket.number, .readable, token: 0)
        let question = Array(
            "GET \(path) HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n".utf8)
        _ = unsafe question.withUnsafeBytes { unsafe Sockets.write(socket.number, $0) }
        var answer: [UInt8] = []
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
        defer { unsafe room.deallocate() }
        while poller.wait(milliseconds: 2000) > 0 {
            guard case .bytes(let size) = unsafe Sockets.read(socket.number, into: room) else {
                break
            }
            unsafe answer.append(contentsOf: room[..<size])
        }
        let text = String(decoding: answer, as: UTF8.self)
        guard text.hasPrefix("HTTP/1.1 200") else { throw BenchError("no answer to \(path)") }
        return text.split(separator: "\r\n\r\n", maxSplits: 1).last.map(String.init) ?? ""
    }
}
