--@flags allow-oom
--@include register
-- KEYS: the register. ARGV: identity, ballot, floor. Drops the dead value of this ballot, or a mere promise that is not
-- above it; answers whether it did.
if isLearning then return 'l' end
local counter, proposer = ARGV[2] + 0, ARGV[3] + 0
local it = parseRegister(state[3])
if not it.source or isLess(counter, proposer, it.promised, it.promiser) then return '0' end
local isDead = it.kind == '2' and it.accepted == counter and it.accepter == proposer
if not isDead and it.kind ~= '0' then return '0' end
call('DEL', KEYS[1])
if isDead then
    call('ZREM', 'hf1:rz', nameOf(KEYS[1]))
    call('ZREM', 'hf1:rd', nameOf(KEYS[1]))
end
floor = math.max(floor, ARGV[4] + 0)
saveFloor()
return '1'
