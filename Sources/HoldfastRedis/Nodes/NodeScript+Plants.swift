#if HOLDFAST_PLANTS
    internal import HoldfastBase

    /// Mistakes in scripts, as other lines in the place of theirs. The text that is shipped is made
    /// without any of this; builds with plants choose at run time.
    extension NodeScript {
        private struct Change {
            let scripts: [NodeScript]
            let line: String
            let planted: String
        }

        private static let mistakes: [Plant: [Change]] = [
            .luaReleaseAnybody: [
                Change(
                    scripts: [.release], line: "local grant, at = find(it, id)",
                    planted: "local grant, at = it.grants[1], 1")
            ],
            .luaNoTombstone: [
                Change(
                    scripts: [.acquire, .release],
                    line: "if isBuried(step.id, step.claim) then return 'b' end",
                    planted: ""),
                Change(
                    scripts: [.acquire],
                    line: "if gate and not found[2] and not found[3] and not KEYS[2]"
                        + " and sub(gate, 1, 24) == ARGV[1] then",
                    planted: "if gate and not KEYS[2] and sub(gate, 1, 24) == ARGV[1] then"),
            ],
            .luaCounterIgnored: [
                Change(
                    scripts: [.acquire, .release],
                    line: "for _, key in ipairs(step.keys) do"
                        + " fence = math.max(fence, load(key).counter + 0) end",
                    planted: "")
            ],
            .luaReadersIgnored: [
                Change(
                    scripts: [.acquire, .release],
                    line: "if grant.mode == '1' or step.mode == '1' then",
                    planted: "if grant.mode == '1' then")
            ],
            .luaPlaceStands: [
                Change(
                    scripts: [.acquire, .release],
                    line: ".. waiter.claim .. ' ' .. (now + 10000) .. ' ' .. waiter.session)",
                    planted: ".. waiter.claim .. ' ' .. (now + 10000000000) .. ' ' .."
                        + " waiter.session)")
            ],
            .luaAcceptsAnything: [
                Change(
                    scripts: [.accept],
                    line: "if isLess(counter, proposer, it.promised, it.promiser)"
                        + " or not isLess(it.accepted, it.accepter, counter, proposer) then",
                    planted: "if not isLess(it.accepted, it.accepter, counter, proposer) then")
            ],
            .luaPromiseForgotten: [
                Change(
                    scripts: [.prepare], line: "call('SET', KEYS[1], changed)", planted: "")
            ],
            .luaLearnerVotes: [
                Change(
                    scripts: [.readRegister, .prepare, .accept, .collect, .listRegisters],
                    line: "if isLearning then return 'l' end", planted: "")
            ],
            .luaLessonOverwrites: [
                Change(
                    scripts: [.learn],
                    line: "if isLess(it.accepted, it.accepter, counter, proposer) then",
                    planted: "do")
            ],
        ]

        private static let plain = ScriptSet(
            allCases.map { RedisScript(name: $0.name, source: $0.source) })
        private static let sets: [Plant: ScriptSet] = mistakes.mapValues { changes in
            ScriptSet(
                allCases.map {
                    RedisScript(name: $0.name, source: $0.planted(changes))
                })
        }

        /// All of them, with the mistake that is on.
        package static var set: ScriptSet { Plant.active.flatMap { sets[$0] } ?? plain }

        private func planted(_ changes: [Change]) -> String {
            var lines = source.split(separator: "\n", omittingEmptySubsequences: false)
                .map(String.init)
            for change in changes where change.scripts.contains(self) {
                guard let place = lines.firstIndex(of: change.line) else {
                    preconditionFailure("\(name).lua has no line \(change.line)")
                }
                lines[place] = change.planted
            }
            return lines.joined(separator: "\n")
        }
    }
#endif
