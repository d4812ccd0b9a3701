package import HoldfastWire

/// What came of a wish for locks, whichever call it was.
package enum GrantOutcome: Sendable {
    case held(LockHeld)
    case notHeld(LockNotHeld)

    package init(_ outcome: AcquireResponse.Outcome) {
        switch outcome {
        case .held(let held): self = .held(held)
        case .notHeld(let notHeld): self = .notHeld(notHeld)
        }
    }

    package init(_ outcome: TryAcquireResponse.Outcome) {
        switch outcome {
        case .held(let held): self = .held(held)
        case .notHeld(let notHeld): self = .notHeld(notHeld)
        }
    }

    package init(_ outcome: ChangeModeResponse.Outcome) {
        switch outcome {
        case .held(let held): self = .held(held)
        case .notHeld(let notHeld): self = .notHeld(notHeld)
        }
    }
}
