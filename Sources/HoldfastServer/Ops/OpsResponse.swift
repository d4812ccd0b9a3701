/// An answer of the ops listener.
package struct OpsResponse: Hashable, Sendable {
    /// The number.
    package let status: OpsStatus
    /// What the body is.
    package let contentType: String
    /// The body.
    package let body: String

    /// Makes an answer.
    package init(
        _ status: OpsStatus, contentType: String = "text/plain; charset=utf-8", body: String
    ) {
        self.status = status
        self.contentType = contentType
        self.body = body
    }

    /// The answer as it is sent. Each answer ends its connection: probes come seldom, and a
    /// connection that ends cannot be used to slip a second request past a proxy.
    package func bytes(withBody: Bool = true) -> [UInt8] {
        var head = "HTTP/1.1 \(status.rawValue) \(status.reason)\r\n"
        head += "Content-Type: \(contentType)\r\nContent-Length: \(body.utf8.count)\r\n"
        if status == .methodNotAllowed { head += "Allow: GET, HEAD\r\n" }
        head += "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"
        head += "Connection: close\r\n\r\n"
        return Array(head.utf8) + (withBody ? Array(body.utf8) : [])
    }
}
