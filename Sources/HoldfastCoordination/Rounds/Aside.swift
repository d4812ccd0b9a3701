/// A large value that is seldom there: kept aside, so that what may have it is small, and cheap to
/// copy while it does not.
enum Aside<Value: Sendable>: Sendable {
    case none
    indirect case some(Value)

    init() { self = .none }

    init(_ value: Value?) {
        self = value.map { .some($0) } ?? .none
    }

    var value: Value? {
        get { if case .some(let value) = self { value } else { nil } }
        set { self = Aside(newValue) }
    }
}
