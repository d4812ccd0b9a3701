/// What a probe or a scraper asked for.
package struct OpsRequest: Hashable, Sendable {
    /// Methods that are served.
    package enum Method: String, Sendable {
        case get = "GET"
        case head = "HEAD"
    }

    /// How it asked.
    package let method: Method
    /// The path, without the query.
    package let path: String
}
