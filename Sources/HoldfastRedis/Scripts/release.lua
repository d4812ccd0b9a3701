--@flags allow-oom
--@include node
-- KEYS: the locks, then those of what follows. ARGV: identity, grant, flags and claim; where something
-- follows, the counts of the three sorts of keys, then the step that is next and the one that waits.
local id = ARGV[2]
local found = call('MGET', 'hf1:g', unpack(KEYS))
local gate = found[1]
--@include clock
-- Whose asking is taken back; nil is the holder's own wish.
local claim = sub(ARGV[3], 3)
if claim == '' then claim = nil end

-- Refuses an acquire of the same grant that may still be on its way.
local function bury()
    call('SET', 'hf1:t:' .. id .. (claim and sub(claim, 1, -4) or ''), now + 30000, 'PX', '30000')
end

-- The short way: one lock with one grant, this one, that nobody waits for.
if gate and found[2] and not KEYS[2] and not ARGV[4] and sub(gate, 1, 24) == ARGV[1]
    and now < match(gate, '^(%d+)', 25) + 0
then
    local record, key = found[2], KEYS[1]
    local counter, at = match(record, '^h(%d+) 0 ()')
    if counter and sub(record, at, at + 15) == id then
        local ending, born, claimed, holder, value, last = match(
            record, '^%d+ (%d+) (%d+) %d+ %d+ %d+ (%d+) 0 (%d+) (%d+) %d ()', at + 16)
        if claim and claimed ~= claim then ending = nil end
        ending = ending and ending + 0
        if ending and (ending == 0 or ending > now) and born == '0'
            and last + holder + value == #record + 1
        then
            call('SET', key, 'f' .. counter .. ' 0 ', 'PX', '120000')
            if sub(ARGV[3], 1, 1) == 'b' then bury() end
            return '1'
        elseif ending and (ending == 0 or ending > now)
            and last + 16 + holder + value == #record + 1
        then
            local session, field = 'hf1:s:' .. sub(record, last, last + 15), id .. sub(key, 7)
            local entry = call('HMGET', session, '', field)
            local header, element = entry[1], entry[2]
            local alive, same, digest, rest = match(header or '', '^(%d+) (%d+) (%d+)( .*)$')
            if element and alive and alive + 0 > now and same == born then
                digest = (digest - element) % 70368744177664
                call('HDEL', session, field)
                call('HSET', session, '', alive .. ' ' .. same .. ' ' .. digest .. rest)
                call('SET', key, 'f' .. counter .. ' 0 ', 'PX', '120000')
                if sub(ARGV[3], 1, 1) == 'b' then bury() end
                return '1'
            end
        end
    end
end
--@include member
--@include records
for number, key in ipairs(KEYS) do
    if not records[key] then parse(key, found[number + 1]) end
end
--@include acquiring
local count, nextCount, againCount = #KEYS, 0, 0
if ARGV[4] then count, nextCount, againCount = ARGV[4] + 0, ARGV[5] + 0, ARGV[6] + 0 end
local again
if againCount > 0 then
    local at = 7
    -- Eight words, and a number for each name where the step has a session.
    if nextCount > 0 then at = 15 + (ARGV[14] ~= '' and nextCount or 0) end
    again = readStep(at, count + nextCount + 1, againCount)
end

-- Takes the grant out of a lock; whether it was there.
local function leaveGrant(key)
    local it = prune(key)
    local grant, at = find(it, id)
    if not grant or (claim and not covers(claim, claimOf(grant, id))) then return false end
    local joined = {}
    for _, other in ipairs(grant.joined or {}) do
        if other ~= id then joined[#joined + 1] = other end
    end
    if sub(ARGV[3], 2, 2) == 'f' or not joined[1] then
        remove(it, at)
    else
        grant.source, grant.joined = nil, joined
        changeRecord(it)
    end
    log(key)
    return true
end

-- Whether somebody else answers for the grant, or its place, by now.
local function isClaimedByOthers(key)
    if not claim then return false end
    local it = load(key)
    local grant = find(it, id)
    if grant then return not covers(claim, claimOf(grant, id)) end
    local source = queueSize(it) > 0 and call('HGET', 'hf1:w:' .. sub(key, 7), id)
    return source and not covers(claim, parseWaiter(id, source).claim)
end

local wasHeld = '0'
for number = 1, count do
    if leaveGrant(KEYS[number]) then wasHeld = '1' end
end
local waits = again and again.server
for number = 1, count do
    if waits and isClaimedByOthers(KEYS[number]) then waits = false end
end
if waits then
    enqueue(again)
else
    for number = 1, count do leave(load(KEYS[number]), id, claim) end
end
if sub(ARGV[3], 1, 1) == 'b' then bury() end
local reply = wasHeld
if nextCount > 0 then reply = reply .. acquire(readStep(7, count + 1, nextCount)) end
for number = 1, count do wake(KEYS[number]) end
return commit(reply)
