/// A large value that is seldom there: kept aside, so that what may have it stays small.
struct Aside<Value: Sendable>: Sendable {
    private var values: [Value] = []

    var value: Value? {
        get { values.first }
        set { values = newValue.map { [$0] } ?? [] }
    }
}
