/// Why a node's name leads nowhere.
struct LinkError: Error {
    let text: String
}
