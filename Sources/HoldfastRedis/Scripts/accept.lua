--@include register
--@include taking
--@include changelog
-- KEYS: the register. ARGV: identity, ballot, kind, when it is due, bytes, the next ballot (0 0 is none). Answers a and
-- whether the next was promised, or x and the counter that stands against it.
if isLearning then return 'l' end
local counter, proposer = ARGV[2] + 0, ARGV[3] + 0
local it = parseRegister(state[3])
if not it.source and counter <= floor then return 'x' .. text(floor) end
local isKnown = it.accepted == counter and it.accepter == proposer
local bytes
if isKnown then
    -- Told again by a reader, what was accepted is accepted still.
    bytes = sub(it.source, it.at)
else
    if isLess(counter, proposer, it.promised, it.promiser) or not isLess(it.accepted, it.accepter, counter, proposer) then
        return 'x' .. text(math.max(it.promised, it.accepted))
    end
    take(it, KEYS[1], counter, proposer, ARGV[4], ARGV[5])
    bytes = ARGV[6]
    local watched = match(state[1], '^%d+ (%d+)', 25) + 0
    -- The mark tells it from a lock.
    if watched > 0 and watched > milliseconds() then append('\1' .. nameOf(KEYS[1])) end
end
local next, nextProposer = ARGV[7] + 0, ARGV[8] + 0
local isPromised = next > 0 and not isLess(next, nextProposer, it.promised, it.promiser)
if isPromised then it.promised, it.promiser = next, nextProposer end
if isPromised or not isKnown then call('SET', KEYS[1], header(it) .. bytes) end
return isPromised and 'a1' or 'a0'
