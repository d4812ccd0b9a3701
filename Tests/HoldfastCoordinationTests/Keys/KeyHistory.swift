import HoldfastCoordination

/// Whether what the callers of one key were told can have happened in one order, each thing between its
/// question and its answer.
///
/// Versions make this easy: they say in which order the changes were made. What is left is that the
/// order is that of time, that what is seen is the newest that must be and none that cannot be yet, and
/// that a version is made once, by what says so.
struct KeyHistory {
    private let operations: [KeyOperation]
    /// What is known to have made each version.
    private var makers: [UInt64: KeyOperation] = [:]
    private(set) var violations: [String] = []

    init(_ operations: [KeyOperation]) {
        self.operations = operations
        for operation in operations {
            guard case .applied(let version) = operation.outcome else { continue }
            if let other = makers.updateValue(operation, forKey: version) {
                violations.append("version \(version) was made by \(other.id) and \(operation.id)")
            }
        }
        for operation in operations where operation.ended != nil { check(operation) }
    }

    /// The least version that must be seen by what begins at a time.
    private func least(at time: Int64) -> UInt64 {
        operations.compactMap { one -> UInt64? in
            guard let ended = one.ended, ended < time else { return nil }
            return Self.version(one.outcome)
        }.max() ?? 0
    }

    /// The versions from here on were asked for after a time, or seen by nobody before.
    private func most(at time: Int64) -> UInt64 {
        operations.compactMap { one -> UInt64? in
            guard one.began > time, case .applied(let version) = one.outcome else { return nil }
            return one.wasUncertain ? nil : version
        }.min() ?? .max
    }

    private static func version(_ outcome: KeyOutcome?) -> UInt64? {
        switch outcome {
        case .applied(let version): version
        case .mismatch(let view), .value(let view): view?.version
        default: nil
        }
    }

    private mutating func check(_ operation: KeyOperation) {
        guard let ended = operation.ended else { return }
        let least = least(at: operation.began)
        let most = most(at: ended)
        switch operation.outcome {
        case .applied(let version):
            // One that was asked for again may have been made long before its last answer.
            if version <= least, !operation.wasUncertain {
                violations.append("\(version) was made after \(least) had been seen")
            }
            if version >= most { violations.append("\(version) was made before \(most)") }
            if case .version(let wanted) = operation.change?.condition, version != wanted + 1 {
                violations.append("\(version) was made of \(wanted)")
            }
        case .mismatch(let view), .value(let view):
            check(view, operation, least: least, most: most)
        case .malformed: violations.append("malformed")
        case .stale, .unproved, .tooManyGuards: violations.append("guarded by nobody")
        case .unknown, .unavailable, nil: break
        }
    }

    private mutating func check(
        _ view: KeyView?, _ operation: KeyOperation, least: UInt64, most: UInt64
    ) {
        guard let view else { return checkAbsence(least: least, most: most) }
        if view.version < least { violations.append("\(view.version) was seen after \(least)") }
        if view.version >= most { violations.append("\(view.version) was seen before its time") }
        let maker = makers[view.version]
        if let maker, maker.written != view.value {
            violations.append("version \(view.version) is not what made it")
        }
        // The same bytes under two versions: a change that was made twice.
        if let twice = makers.first(where: {
            $0.value.written == view.value && $0.key != view.version
        }) {
            violations.append("what made \(twice.key) was seen as \(view.version)")
        }
    }

    /// Nothing was seen: at some version that was possible, there was nothing. What made a version is
    /// not always known; then it may have been a delete, if one is not known of.
    private mutating func checkAbsence(least: UInt64, most: UInt64) {
        guard least > 0 else { return }
        let last = makers.keys.filter { $0 < most }.max() ?? least
        let hasOpenDelete = operations.contains {
            $0.ended == nil && $0.change?.kind == .delete
        }
        var version = least
        while version <= last {
            if let maker = makers[version] {
                if maker.change?.kind == .delete { return }
            } else if hasOpenDelete {
                return
            }
            version += 1
        }
        if hasOpenDelete { return }
        violations.append("nothing was seen though \(least) had been")
    }
}

extension KeyOperation {
    var written: [UInt8]? {
        if case .put(let value, _) = change?.kind { return value }
        return nil
    }
}
