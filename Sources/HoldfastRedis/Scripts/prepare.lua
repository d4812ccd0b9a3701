--@include register
-- KEYS: the register. ARGV: identity, ballot. Answers c and what is there, or x and the counter that stands
-- against it.
if isLearning then return 'l' end
local counter, proposer = ARGV[2] + 0, ARGV[3] + 0
local it = parseRegister(state[3])
if not it.source and counter <= floor then return 'x' .. text(floor) end
if not isLess(it.promised, it.promiser, counter, proposer) or not isLess(it.accepted, it.accepter, counter, proposer) then
    return 'x' .. text(math.max(it.promised, it.accepted))
end
it.promised, it.promiser = counter, proposer
local changed = header(it) .. (it.source and sub(it.source, it.at) or '')
call('SET', KEYS[1], changed)
return 'c' .. changed
