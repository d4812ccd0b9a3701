/// The answers of the ops listener.
package enum OpsStatus: Int, Sendable {
    /// Yes.
    case ok = 200
    /// Not an HTTP/1 request.
    case badRequest = 400
    /// No such path.
    case notFound = 404
    /// Neither GET nor HEAD.
    case methodNotAllowed = 405
    /// The head is larger than `OpsRequestParser.headBytesMax`.
    case headTooLarge = 431
    /// No; ask again later.
    case unavailable = 503
    /// An HTTP version other than 1.0 and 1.1.
    case versionNotSupported = 505

    /// The words behind the number.
    var reason: String {
        switch self {
        case .ok: "OK"
        case .badRequest: "Bad Request"
        case .notFound: "Not Found"
        case .methodNotAllowed: "Method Not Allowed"
        case .headTooLarge: "Request Header Fields Too Large"
        case .unavailable: "Service Unavailable"
        case .versionNotSupported: "HTTP Version Not Supported"
        }
    }
}
