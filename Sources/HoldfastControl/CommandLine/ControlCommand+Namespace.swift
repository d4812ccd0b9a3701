internal import HoldfastWire

/// Names within a namespace: what the user says, behind the namespace and a slash.
private struct Place {
    let namespace: String

    func name(_ name: String) -> String { "\(namespace)/\(name)" }
    func names(_ names: [String]) -> [String] { names.map(name) }
}

extension ControlCommand {
    /// The same, of names within a namespace; those of an empty one are as they are.
    package func within(_ namespace: String) -> ControlCommand {
        guard !namespace.isEmpty else { return self }
        let place = Place(namespace: namespace)
        switch self {
        case .watch(let plan): return .watch(plan.within(place))
        case .top(let plan): return .top(plan.within(place))
        case .lock(let command): return .lock(command.within(place))
        case .elect(let command): return .elect(command.within(place))
        case .kv(let command): return .kv(command.within(place))
        case .ping, .status, .connections, .streams, .limits, .statistics, .drain, .reload,
            .logLevel, .health,
            .version, .local, .call, .session, .nodes, .formCluster, .advanceClock:
            return self
        }
    }
}

extension LockCommand {
    fileprivate func within(_ place: Place) -> LockCommand {
        switch self {
        case .acquire(var request, let id):
            request.names = place.names(request.names)
            return .acquire(request, id: id)
        case .try(var request, let id):
            request.names = place.names(request.names)
            return .try(request, id: id)
        case .renew(var request):
            request.names = place.names(request.names)
            return .renew(request)
        case .mode(var request):
            request.names = place.names(request.names)
            return .mode(request)
        case .release(var request):
            request.names = place.names(request.names)
            return .release(request)
        case .force(var request):
            request.name = place.name(request.name)
            return .force(request)
        case .get(let name): return .get(name: place.name(name))
        case .queue(var request):
            request.name = place.name(request.name)
            return .queue(request)
        case .list(let prefix): return .list(prefix: place.name(prefix))
        case .watch(let plan): return .watch(plan.within(place))
        case .run(var command):
            command.wish.names = place.names(command.wish.names)
            return .run(command)
        }
    }
}

extension ElectionCommand {
    fileprivate func within(_ place: Place) -> ElectionCommand {
        switch self {
        case .campaign(var request, let id):
            request.election = place.name(request.election)
            return .campaign(request, id: id)
        case .leader(let election): return .leader(election: place.name(election))
        case .observe(let election): return .observe(election: place.name(election))
        case .proclaim(var request):
            request.election = place.name(request.election)
            return .proclaim(request)
        case .renew(var request):
            request.election = place.name(request.election)
            return .renew(request)
        case .resign(var request):
            request.election = place.name(request.election)
            return .resign(request)
        }
    }
}

extension KeyCommand {
    fileprivate func within(_ place: Place) -> KeyCommand {
        switch self {
        case .get(var request, let isRaw):
            request.key = place.name(request.key)
            request.guard = request.guard.map { place.within($0) }
            return .get(request, isRaw: isRaw)
        case .put(var request, let file, let id):
            request.key = place.name(request.key)
            request.guard = request.guard.map { place.within($0) }
            return .put(request, file: file, id: id)
        case .delete(var request, let id):
            request.key = place.name(request.key)
            request.guard = request.guard.map { place.within($0) }
            return .delete(request, id: id)
        case .list(var request, let limit):
            request.prefix = place.name(request.prefix)
            return .list(request, limit: limit)
        case .watch(var request, let isInitialOnly):
            if request.keys.isEmpty {
                request.prefix = place.name(request.prefix)
            } else {
                request.keys = place.names(request.keys)
            }
            return .watch(request, isInitialOnly: isInitialOnly)
        }
    }
}

extension Place {
    fileprivate func within(_ guarding: KeyGuard) -> KeyGuard {
        KeyGuard(lock: name(guarding.lock), fence: guarding.fence)
    }
}

extension WatchPlan {
    fileprivate func within(_ place: Place) -> WatchPlan {
        var plan = self
        plan.request.names = place.names(request.names)
        if request.names.isEmpty { plan.request.prefix = place.name(request.prefix) }
        return plan
    }
}

extension TopPlan {
    fileprivate func within(_ place: Place) -> TopPlan {
        var plan = self
        plan.prefix = place.name(prefix)
        return plan
    }
}
