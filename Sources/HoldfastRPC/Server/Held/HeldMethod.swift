/// How a method works whose calls may be held.
struct HeldMethod: Sendable {
    let handler: @Sendable (inout PlainCall) -> Void
    let observer: any HeldCallObserver
    let isStream: Bool
}
