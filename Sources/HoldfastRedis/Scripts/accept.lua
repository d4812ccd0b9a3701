--@include register
-- KEYS: the register. ARGV: identity, ballot, kind, bytes, the next ballot (0 0 is none). Answers a and whether the
-- next was promised, or x and the counter that stands against it.
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
    if it.kind == '0' then call('ZADD', 'hf1:rz', 0, nameOf(KEYS[1])) end
    it.promised, it.promiser, it.accepted, it.accepter = counter, proposer, counter, proposer
    it.kind, bytes = ARGV[4], ARGV[5]
end
local next, nextProposer = ARGV[6] + 0, ARGV[7] + 0
local isPromised = next > 0 and not isLess(next, nextProposer, it.promised, it.promiser)
if isPromised then it.promised, it.promiser = next, nextProposer end
if isPromised or not isKnown then call('SET', KEYS[1], header(it) .. bytes) end
return isPromised and 'a1' or 'a0'
