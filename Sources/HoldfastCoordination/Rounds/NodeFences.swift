internal import HoldfastNode

/// A fence for each node. Plain words, which are copied as they lie: the language's inline array is
/// copied by asking what its elements are, and its vectors lie on wider bounds.
struct NodeFences: Sendable {
    private var words: (Fence, Fence, Fence, Fence, Fence, Fence, Fence) = (0, 0, 0, 0, 0, 0, 0)

    subscript(node: NodeIndex) -> Fence {
        get {
            switch node {
            case 0: words.0
            case 1: words.1
            case 2: words.2
            case 3: words.3
            case 4: words.4
            case 5: words.5
            default: words.6
            }
        }
        set {
            switch node {
            case 0: words.0 = newValue
            case 1: words.1 = newValue
            case 2: words.2 = newValue
            case 3: words.3 = newValue
            case 4: words.4 = newValue
            case 5: words.5 = newValue
            default: words.6 = newValue
            }
        }
    }
}
