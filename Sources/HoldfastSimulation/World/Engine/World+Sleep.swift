import HoldfastBase

/// Hosts that sleep, and what they find when they wake.
extension World {
    subscript(place: HostPlace) -> HostSleep {
        get {
            switch place {
            case .server(let index): servers[index].sleep
            case .node(let index): nodes[index].sleep
            case .client(let index): clients[index].sleep
            }
        }
        _modify {
            switch place {
            case .server(let index): yield &servers[index].sleep
            case .node(let index): yield &nodes[index].sleep
            case .client(let index): yield &clients[index].sleep
            }
        }
    }

    func pause(_ place: HostPlace, until instant: Instant) {
        self[place].extend(to: instant)
        queue.add(.wakeUp(place), at: instant)
    }

    /// Whether what reaches the host has to wait.
    func defers(_ place: HostPlace, _ event: @autoclosure () -> WorldEvent) -> Bool {
        guard self[place].until > now || !self[place].waiting.isEmpty, !isDraining else {
            return false
        }
        self[place].add(event())
        return true
    }

    func wakeUp(_ place: HostPlace) {
        // It was put to sleep for longer since.
        guard self[place].until <= now else { return }
        isDraining = true
        for event in self[place].takeWaiting() { handle(event) }
        isDraining = false
    }
}
