/// How a method works whose calls may be held. A class, so that looking it up for each call copies one
/// reference.
final class HeldMethod: Sendable {
    let handler: @Sendable (inout PlainCall) -> Void
    let observer: any HeldCallObserver
    let isStream: Bool

    init(
        isStream: Bool, observer: any HeldCallObserver,
        handler: @escaping @Sendable (inout PlainCall) -> Void
    ) {
        self.handler = handler
        self.observer = observer
        self.isStream = isStream
    }
}
