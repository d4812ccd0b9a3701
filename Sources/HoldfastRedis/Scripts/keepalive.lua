--@flags allow-oom
--@include open
-- ARGV: identity, session, time to live, whether to create it.
--@include member
--@include sessions
--@include lives
local id, ttl = ARGV[2], ARGV[3] + 0
local it = living(id)
if not it then
    if ARGV[4] ~= '1' then
        saveGate()
        return 'n'
    end
    local old = life(id)
    if old then setAside(old, '0') end
    newest = math.max(newest + 1, micros)
    isGateChanged = true
    it = { id = id, born = text(newest), digest = 0, closed = '0', score = now + ttl }
    call('ZADD', 'hf1:d', it.score, id)
end
it.deadline = now + ttl
if it.deadline < it.score then
    it.score = it.deadline
    call('ZADD', 'hf1:d', it.score, id)
end
call('HSET', 'hf1:s:' .. id, '', header(it))
remember(ttl)
saveGate()
return 'a' .. it.born .. ' ' .. (call('HLEN', 'hf1:s:' .. id) - 1) .. ' ' .. it.digest
