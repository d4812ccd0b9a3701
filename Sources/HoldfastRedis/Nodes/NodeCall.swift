internal import HoldfastBase
package import HoldfastNode

/// Writes commands as calls of the scripts; the memory is reused.
///
/// A step of an acquire travels as eight words and, in a session, a number for each of its names:
/// id; claim; mode, wishes and server; proposed fence; time to live; how long the record is kept; the
/// grant's tail, which is stored as it is; session. Scripts say in their first comment what else
/// they are handed.
package struct NodeCall: ~Copyable {
    /// The call that was written last.
    package internal(set) var call = ScriptCall()
    /// A word that is put together.
    private var word = ByteQueue()
    /// What was written last, where it is of a cycle, and where the identity lies in it: such a
    /// command goes to all nodes, and nothing else in it differs.
    private var last: NodeCommand?
    private var identityPlace = 0

    package init() {}

    /// Writes `command`; false where it has a number that no script can count with, or more names
    /// than one call may have. It was not done then, and nothing must be sent.
    package mutating func write(
        _ command: NodeCommand, expecting identity: GateIdentity
    ) -> Bool {
        guard identity.epoch <= CallBounds.fenceMax else { return false }
        if let last, Self.isSame(last, command) {
            put(identity)
            Self.put(word, into: &call, at: identityPlace)
            return true
        }
        guard CallBounds.isIn(command) else { return false }
        writeAnew(command, identity)
        switch command {
        case .acquire, .release: last = command
        default: last = nil
        }
        return true
    }

    /// Whether two commands of a cycle are one, to the byte: strings that are equal may differ in
    /// theirs, and name different locks then.
    private static func isSame(_ left: NodeCommand, _ right: NodeCommand) -> Bool {
        switch (left, right) {
        case (.acquire(let left), .acquire(let right)):
            left == right && areSame(left.names, right.names)
                && left.holder.utf8.elementsEqual(right.holder.utf8)
        case (.release(let left), .release(let right)):
            left.next == nil && left.waitingAgain == nil && left == right
                && areSame(left.names, right.names)
        default: false
        }
    }

    private static func areSame(_ left: [String], _ right: [String]) -> Bool {
        left.elementsEqual(right) { $0.utf8.elementsEqual($1.utf8) }
    }

    private mutating func writeAnew(_ command: NodeCommand, _ identity: GateIdentity) {
        switch command {
        case .acquire(let step):
            begin(.acquire, identity, names: step.names, words: Self.words(of: step))
            append(step)
        case .release(let step): write(step, identity)
        case .raise(let names, let grant, let fence):
            begin(.raise, identity, names: names, words: 2)
            append(grant)
            call.append(fence)
        case .renew(let names, let grant, let ttl, let seed):
            write(renewalOf: names, grant, ttl, seed, identity)
        case .change(let names, let grant, let mode, let proposed):
            begin(.change, identity, names: names, words: 3)
            append(grant)
            call.append(UInt64(mode.rawValue))
            call.append(proposed)
        case .propose(let name, let grant, let sequence, let value):
            begin(.propose, identity, names: [name], words: 3)
            append(grant)
            call.append(sequence)
            call.append(value)
        case .seed(let session, let seeds): write(session, seeds, identity)
        case .read(let names): begin(.read, identity, names: names, words: 0)
        case .queue(let name, let limit):
            begin(.queue, identity, names: [name], words: 1)
            call.append(UInt64(limit))
        case .form(let formed): begin(.form, formed, words: 0)
        case .admit(let admitted, let floor, let longest, let learns):
            begin(.admit, admitted, words: 4)
            call.append(floor)
            call.append(longest)
            append(identity)
            call.append(learns ? UInt64(1) : 0)
        case .confirm(let marker):
            begin(.confirm, identity, words: 1)
            var confirmed = identity
            confirmed.marker = marker
            append(confirmed)
        case .raiseEpoch(let epoch):
            begin(.raiseEpoch, identity, words: 1)
            var raised = identity
            raised.epoch = epoch
            append(raised)
        default: writePlain(command, identity)
        }
    }

    // MARK: Commands

    /// Those that name no lock.
    private mutating func writePlain(_ command: NodeCommand, _ identity: GateIdentity) {
        switch command {
        case .keepAlive(let session, let ttl, let create):
            begin(.keepAlive, identity, words: 3)
            append(session)
            call.append(ttl)
            call.append(create ? UInt64(1) : 0)
        case .closeSession(let session):
            begin(.closeSession, identity, words: 1)
            append(session)
        case .listGrants(let session, let cursor):
            begin(.listGrants, identity, words: 2)
            append(session)
            call.append(cursor)
        case .sweep(let limit):
            begin(.sweep, identity, words: 1)
            call.append(UInt64(limit))
        case .list(let prefix, let cursor, let limit):
            begin(.list, identity, words: 3)
            call.append(prefix)
            call.append(cursor)
            call.append(UInt64(max(1, limit)))
        case .heartbeat(let server, let lease, let watch):
            begin(.heartbeat, identity, words: 3)
            call.append(server)
            call.append(lease)
            call.append(watch)
        case .changes(let after, let limit):
            begin(.changes, identity, words: 2)
            call.append(after)
            call.append(UInt64(limit))
        case .readGate: begin(.readGate, identity, words: 0)
        case .register(let name, let step): write(name, step, identity)
        case .listRegisters(let prefix, let after, let limit):
            let range = RegisterRange(prefix: prefix, after: after)
            begin(.listRegisters, identity, words: 3)
            call.append(range.lowest)
            call.append(range.highest)
            call.append(UInt64(limit))
        case .dueRegisters(let time, let limit):
            begin(.dueRegisters, identity, words: 2)
            call.append(time)
            call.append(UInt64(limit))
        case .copyRegisters(let after, let limit):
            begin(.copyRegisters, identity, words: 2)
            call.append(RegisterRange(prefix: "", after: after).lowest)
            call.append(UInt64(limit))
        case .learn(let floor, let entries): write(floor, entries, identity)
        case .endLearning: begin(.endLearning, identity, words: 0)
        case .acquire, .release, .raise, .renew, .change, .propose, .seed, .read, .queue, .form,
            .admit, .raiseEpoch, .confirm:
            unreachable("written by the other half")
        }
    }

    private mutating func write(_ step: ReleaseStep, _ identity: GateIdentity) {
        let (next, again) = (step.next, step.waitingAgain)
        guard next != nil || again != nil else {
            begin(.release, identity, names: step.names, words: 2)
            append(step.grant)
            appendFlags(of: step)
            return
        }
        begin(
            .release, identity, names: step.names, next?.names ?? [], again?.names ?? [],
            words: 5 + Self.words(of: next) + Self.words(of: again))
        append(step.grant)
        appendFlags(of: step)
        call.append(UInt64(step.names.count))
        call.append(UInt64(next?.names.count ?? 0))
        call.append(UInt64(again?.names.count ?? 0))
        if let next { append(next) }
        if let again { append(again) }
    }

    private static func words(of step: AcquireStep?) -> Int {
        guard let step else { return 0 }
        return 8 + (step.session == nil ? 0 : step.names.count)
    }

    private mutating func appendFlags(of step: ReleaseStep) {
        word.removeAll()
        addByte(step.isBuried ? 0x62 : 0x2D)
        addByte(step.isForced ? 0x66 : 0x2D)
        if step.claim != 0 { addNumber(step.claim) }
        Self.move(word, to: &call)
    }

    private mutating func write(
        renewalOf names: [String], _ grant: GrantID, _ ttl: UInt64, _ seed: GrantSeed?,
        _ identity: GateIdentity
    ) {
        begin(
            .renew, identity, names: names, seed?.names ?? [], words: seed == nil ? 4 : 8)
        append(grant)
        call.append(ttl)
        call.append(UInt64(names.count))
        call.append(UInt64(seed?.names.count ?? 0))
        if let seed { append(seed, session: nil) }
    }

    private mutating func write(
        _ session: SessionID, _ seeds: [GrantSeed], _ identity: GateIdentity
    ) {
        let words = seeds.reduce(2) { $0 + 5 + $1.names.count }
        begin(.seed, identity, names: seeds.flatMap(\.names), words: words)
        append(session)
        call.append(UInt64(seeds.count))
        for seed in seeds {
            call.append(UInt64(seed.names.count))
            append(seed, session: session)
            appendElements(of: seed.names, seed.grant, seed.mode)
        }
    }

    // MARK: Parts

    /// Begins a call with its keys, three lists in a row, and the identity; `words` are what follows.
    private mutating func begin(
        _ script: NodeScript, _ identity: GateIdentity, names: [String] = [],
        _ second: [String] = [], _ third: [String] = [], words: Int
    ) {
        let keys = names.count + second.count + third.count
        call.begin(script.rawValue, of: NodeScript.set, keys: keys, arguments: 1 + words)
        appendKeys(names)
        appendKeys(second)
        appendKeys(third)
        append(identity)
    }

    /// The same with keys of registers.
    mutating func begin(
        _ script: NodeScript, _ identity: GateIdentity, registers: [String], words: Int
    ) {
        call.begin(
            script.rawValue, of: NodeScript.set, keys: registers.count, arguments: 1 + words)
        appendKeys(registers, behind: NodeKeys.registerPrefix)
        append(identity)
    }

    private mutating func appendKeys(
        _ names: [String], behind prefix: String = NodeKeys.lockPrefix
    ) {
        for name in names {
            word.removeAll()
            addText(prefix)
            addText(name)
            Self.move(word, to: &call)
        }
    }

    private mutating func append(_ identity: GateIdentity) {
        put(identity)
        Self.move(word, to: &call)
        // Behind it is the end of its line.
        identityPlace = call.bytes.byteCount - 2 - word.count
    }

    private mutating func put(_ identity: GateIdentity) {
        word.removeAll()
        addWord(identity.cluster)
        addWord(identity.epoch)
        addWord(identity.marker)
    }

    private mutating func append(_ id: RequestID) {
        word.removeAll()
        addID(id)
        Self.move(word, to: &call)
    }

    private mutating func append(_ step: AcquireStep) {
        append(step.grant)
        call.append(step.claim)
        word.removeAll()
        addByte(0x30 + step.mode.rawValue)
        addByte(step.isReentrant ? 0x72 : 0x2D)
        addByte(step.isFair ? 0x66 : 0x2D)
        if let server = step.waitingServer { addNumber(server) }
        Self.move(word, to: &call)
        call.append(step.proposed)
        call.append(step.ttlMilliseconds)
        call.append(
            step.ttlMilliseconds + max(2 * Gate.periodMilliseconds, step.lockDelayMilliseconds))
        appendTail(
            sequence: 0, delay: step.lockDelayMilliseconds, ticket: step.ticket, claim: step.claim,
            mode: step.mode,
            session: step.session, holder: step.holder, value: step.value)
        if let session = step.session {
            append(session)
            appendElements(of: step.names, step.grant, step.mode)
        } else {
            word.removeAll()
            Self.move(word, to: &call)
        }
    }

    private mutating func append(_ seed: GrantSeed, session: SessionID?) {
        append(seed.grant)
        call.append(seed.ttlMilliseconds)
        call.append(seed.fence)
        appendTail(
            sequence: seed.sequence, delay: seed.lockDelayMilliseconds, ticket: 0, claim: 0,
            mode: seed.mode,
            session: session, holder: seed.holder, value: seed.value)
    }

    private mutating func appendElements(
        of names: [String], _ grant: GrantID, _ mode: LockMode
    ) {
        for name in names {
            let element = GrantDigest.element(name: name, grant: grant)
            call.append(
                mode == .shared ? GrantDigest.inverted(element, count: 1) : element)
        }
    }

    /// What a record has of a grant behind its id, fence, deadline and generation.
    private mutating func appendTail(
        sequence: UInt64, delay: UInt64, ticket: UInt64, claim: UInt64, mode: LockMode,
        session: SessionID?, holder: String, value: [UInt8]
    ) {
        word.removeAll()
        addField(sequence)
        addField(delay)
        addField(ticket)
        addField(claim)
        // Of the ids that joined: none besides the first.
        addField(0)
        addField(UInt64(holder.utf8.count))
        addField(UInt64(value.count))
        addField(UInt64(mode.rawValue))
        if let session { addID(session) }
        addText(holder)
        unsafe word.append(value.span.bytes)
        Self.move(word, to: &call)
    }

    // MARK: Bytes

    private static func move(_ word: borrowing ByteQueue, to call: inout ScriptCall) {
        call.append(word.bytes)
    }

    private static func put(
        _ word: borrowing ByteQueue, into call: inout ScriptCall, at place: Int
    ) {
        call.replace(at: place, with: word.bytes)
    }

    private mutating func addByte(_ byte: UInt8) {
        unsafe word.append(room: 1) { room in
            unsafe room[0] = byte
            return 1
        }
    }

    /// Eight bytes, the largest first.
    private mutating func addWord(_ number: UInt64) {
        unsafe word.append(room: 8) { room in
            unsafe room.storeBytes(of: number.bigEndian, as: UInt64.self)
            return 8
        }
    }

    private mutating func addID(_ id: RequestID) {
        addWord(id.high)
        addWord(id.low)
    }

    private mutating func addText(_ text: String) {
        var text = text
        text.withUTF8 { utf8 in
            unsafe word.append(RawSpan(_unsafeBytes: UnsafeRawBufferPointer(utf8)))
        }
    }

    /// A number in decimal and a blank.
    private mutating func addField(_ number: UInt64) {
        addNumber(number)
        addByte(0x20)
    }

    private mutating func addNumber(_ number: UInt64) {
        var size = 1
        var rest = number / 10
        while rest > 0 {
            size += 1
            rest /= 10
        }
        unsafe word.append(room: 20) { room in
            var rest = number
            for place in stride(from: size - 1, through: 0, by: -1) {
                unsafe room[place] = 0x30 + UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            }
            return size
        }
    }
}
