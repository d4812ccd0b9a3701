internal import HoldfastBase
internal import HoldfastCoordination
internal import HoldfastRPC
internal import HoldfastWire

/// What became of requests about keys, as messages. Pure.
enum KeyAnswers {
    /// Bytes of values after which a page of a list ends.
    private static let pageBytes = 256 << 10

    static func answer(_ call: consuming HeldCall, _ form: AnswerForm, _ outcome: Outcome) {
        switch (form, outcome) {
        case (_, .key(.unknown)): call.fail(unknown)
        case (_, .key(.malformed)): call.fail(malformed)
        case (_, .key(.stale(let holder))): call.fail(stale(holder))
        case (_, .key(.tooManyGuards)): call.fail(tooManyGuards)
        case (_, .key(.unproved)): call.fail(unproved)
        case (.getKey(let key), .key(.value(let view))): call.respond(got(key, view))
        case (.putKey(let key), .key(let outcome)):
            guard let response = put(key, outcome) else {
                return call.fail(CoordinationAnswers.mistake)
            }
            call.respond(response)
        case (.deleteKey(let key), .key(let outcome)):
            guard let response = deleted(key, outcome) else {
                return call.fail(CoordinationAnswers.mistake)
            }
            call.respond(response)
        case (.listKeys(let space, let isKeysOnly), .keys(let answers, let next)):
            call.respond(page(space, isKeysOnly, answers, next))
        case (.batchKeys(let forms), .keys(let answers, _)) where forms.count == answers.count:
            call.respond(
                BatchKeysResponse(results: zip(forms, answers).map { result($0, $1.outcome) }))
        default: call.fail(CoordinationAnswers.mistake)
        }
    }

    private static let unknown = RPCError(
        .unavailable, "too few nodes answered: it may have been done; send the same request again",
        reason: "OUTCOME_UNKNOWN")
    private static let malformed = RPCError(
        .internal, "the nodes hold something under this key that no server of this version wrote",
        reason: "KEY_MALFORMED")

    private static let tooManyGuards = RPCError(
        .failedPrecondition,
        "\(KeyRecord.guardsMax) locks guard this key already: guard it by one of them",
        reason: "TOO_MANY_GUARDS")
    private static let unproved = RPCError(
        .unavailable,
        "too few nodes say whether the lock is held under this fence, and nothing was changed; "
            + "try again",
        reason: "NO_QUORUM")

    private static func stale(_ holder: UInt64) -> RPCError {
        RPCError(
            .failedPrecondition,
            holder == 0
                ? "the lock of the guard is not held exclusively under this fence, nor under another"
                : "the lock of the guard was given to fence \(holder) since: stop, and acquire it again",
            reason: "STALE_FENCE", metadata: holder == 0 ? [:] : ["fence": String(holder)])
    }

    // MARK: Watching

    static func emit(
        _ event: StreamEvent, _ space: KeySpaceName, _ isKeysOnly: Bool, to call: borrowing HeldCall
    ) {
        switch event {
        case .key(let name, let view?):
            call.send(
                WatchKeysResponse(event: .entry(entry(space.strip(name), view, isKeysOnly))))
        case .key(let name, nil):
            call.send(WatchKeysResponse(event: .deleted(space.strip(name))))
        case .synced(let token):
            let synced = KeyWatchSynced(resumeToken: ResumeToken.make(token))
            call.send(WatchKeysResponse(event: .synced(synced)))
        case .keysRestarted: call.send(WatchKeysResponse(event: .restarted(true)))
        case .lock, .lost, .sessionEnded: unreachable("an event of another kind than the stream")
        }
    }

    // MARK: Answers

    private static func entry(
        _ key: String, _ view: KeyView, _ isKeysOnly: Bool = false
    ) -> KeyEntry {
        KeyEntry(
            key: key, value: isKeysOnly ? [] : view.value, version: view.version,
            remaining: view.remainingMilliseconds.map { .remainingMs($0) })
    }

    private static func got(_ key: String, _ view: KeyView?) -> GetKeyResponse {
        GetKeyResponse(entry: view.map { entry(key, $0) })
    }

    private static func mismatch(_ key: String, _ view: KeyView?) -> KeyMismatch {
        KeyMismatch(current: view.map { entry(key, $0) })
    }

    private static func put(_ key: String, _ outcome: KeyOutcome) -> PutKeyResponse? {
        switch outcome {
        case .applied(let version): PutKeyResponse(outcome: .version(version))
        case .mismatch(let view): PutKeyResponse(outcome: .mismatch(mismatch(key, view)))
        case .value, .stale, .unproved, .tooManyGuards, .unknown, .unavailable, .malformed: nil
        }
    }

    private static func deleted(_ key: String, _ outcome: KeyOutcome) -> DeleteKeyResponse? {
        switch outcome {
        case .applied(let version): DeleteKeyResponse(outcome: .version(version))
        case .mismatch(let view): DeleteKeyResponse(outcome: .mismatch(mismatch(key, view)))
        case .value: DeleteKeyResponse(outcome: .nothing(true))
        case .stale, .unproved, .tooManyGuards, .unknown, .unavailable, .malformed: nil
        }
    }

    private static func page(
        _ space: KeySpaceName, _ isKeysOnly: Bool, _ answers: [KeyAnswer], _ next: String
    ) -> ListKeysResponse {
        var response = ListKeysResponse()
        var bytes = 0
        for answer in answers {
            guard case .value(let view?) = answer.outcome else { continue }
            let key = space.strip(answer.name)
            if bytes >= pageBytes, let last = response.entries.last {
                response.nextPageToken = KeyPageToken.make(after: last.key)
                return response
            }
            response.entries.append(entry(key, view, isKeysOnly))
            bytes += isKeysOnly ? 0 : view.value.count
        }
        if !next.isEmpty { response.nextPageToken = KeyPageToken.make(after: space.strip(next)) }
        return response
    }

    private static func result(
        _ form: AnswerForm.KeyForm, _ outcome: KeyOutcome
    ) -> KeyStepResult {
        switch (form, outcome) {
        case (_, .unknown): return KeyStepResult(result: .failed("OUTCOME_UNKNOWN"))
        case (_, .stale): return KeyStepResult(result: .failed("STALE_FENCE"))
        case (_, .tooManyGuards): return KeyStepResult(result: .failed("TOO_MANY_GUARDS"))
        case (_, .unproved): return KeyStepResult(result: .failed("NO_QUORUM"))
        case (_, .unavailable): return KeyStepResult(result: .failed("NO_QUORUM"))
        case (_, .malformed): return KeyStepResult(result: .failed("KEY_MALFORMED"))
        case (.get(let key), .value(let view)):
            return KeyStepResult(result: .got(got(key, view)))
        case (.put(let key), let outcome):
            if let response = put(key, outcome) { return KeyStepResult(result: .put(response)) }
        case (.delete(let key), let outcome):
            if let response = deleted(key, outcome) {
                return KeyStepResult(result: .deleted(response))
            }
        default: break
        }
        unreachable("an outcome of another kind than the step")
        return KeyStepResult(result: .failed("INTERNAL"))
    }
}
