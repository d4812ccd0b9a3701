/// Who we are to a node. Read anew for every connection, so that a changed secret is used at once.
package struct NodeCredentials: Sendable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    /// `nil` is the node's default user.
    package let user: String?
    package let password: String

    package init(user: String? = nil, password: String) {
        self.user = user
        self.password = password
    }

    /// Never the password.
    package var description: String { "credentials of \(user ?? "the default user")" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
