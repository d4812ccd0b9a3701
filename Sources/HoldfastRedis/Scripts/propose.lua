--@include open
-- KEYS: the lock. ARGV: identity, grant, sequence, value.
--@include member
--@include records
local it = prune(KEYS[1])
local grant = find(it, ARGV[2])
if not grant then return commit('0') end
if ARGV[3] + 0 > grant.sequence + 0 then
    grant.source, grant.sequence, grant.value = nil, ARGV[3], ARGV[4]
    changeRecord(it)
    log(KEYS[1])
end
return commit('1')
