--@include sessions
-- Records of locks: each is read once and written at the end if it changed.
--
-- A record is `kind counter delay` and the grants. The kind is h (held) or f (free), as a capital
-- where somebody may wait; a lock without record may have a queue too. A grant is its primary id,
-- numbers, and what they give the lengths of: see docs/nodes.md.
local records, loaded, changedRecords = {}, {}, {}

-- What follows the id, fence, deadline and generation of a grant at `place` of `source`.
local function parseTail(it, source, place)
    local sequence, delay, ticket, claim, joined, holderSize, valueSize, mode, at = match(
        source, '^(%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d) ()', place)
    it.sequence, it.delay, it.ticket, it.claim, it.mode = sequence, delay + 0, ticket, claim, mode
    if it.born ~= '0' then
        it.session = sub(source, at, at + 15)
        at = at + 16
    end
    -- The usual case takes no room: held by its first id alone.
    if joined ~= '0' then
        it.joined, it.claims = {}, {}
        for number = 1, joined do
            local id = sub(source, at, at + 15)
            it.joined[number] = id
            it.claims[id], at = match(source, '^(%d+) ()', at + 16)
        end
    end
    it.holder = sub(source, at, at + holderSize - 1)
    at = at + holderSize
    it.value = sub(source, at, at + valueSize - 1)
    return at + valueSize
end

local function parseGrant(source, place)
    local fence, deadline, born, at = match(source, '^(%d+) (%d+) (%d+) ()', place + 16)
    local it = {
        primary = sub(source, place, place + 15), fence = fence, deadline = deadline + 0,
        born = born,
    }
    at = parseTail(it, source, at)
    it.source = sub(source, place, at - 1)
    return it, at
end

-- Who asked last for what `id` holds of a grant.
local function claimOf(grant, id)
    return grant.claims and grant.claims[id] or grant.claim
end

-- The text it was read from, where that was not taken away because it changed.
local function grantText(it)
    if it.source then return it.source end
    local joined, ids = it.joined, ''
    local isPlain = not joined or (#joined == 1 and joined[1] == it.primary)
    if not isPlain then
        for _, id in ipairs(joined) do ids = ids .. id .. it.claims[id] .. ' ' end
    end
    return it.primary .. it.fence .. ' ' .. it.deadline .. ' ' .. it.born .. ' ' .. it.sequence
        .. ' ' .. it.delay .. ' ' .. it.ticket .. ' ' .. claimOf(it, it.primary) .. ' ' .. (isPlain and 0 or #joined) .. ' '
        .. #it.holder .. ' ' .. #it.value .. ' ' .. it.mode .. ' ' .. (it.session or '')
        .. ids .. it.holder .. it.value
end

local function parse(key, source)
    local it = { key = key, counter = '0', delay = 0, grants = {} }
    records[key] = it
    loaded[#loaded + 1] = it
    if not source then
        it.mayWait = true
        return it
    end
    local kind, counter, delay, at = match(source, '^(%a)(%d+) (%d+) ()')
    it.isThere, it.counter, it.delay = true, counter, delay + 0
    it.isMarked = kind == 'H' or kind == 'F'
    it.mayWait = it.isMarked
    while at <= #source do
        it.grants[#it.grants + 1], at = parseGrant(source, at)
    end
    return it
end

local function load(key)
    return records[key] or parse(key, call('GET', key))
end

local function changeRecord(it)
    if it.isChanged then return end
    it.isChanged, it.isThere = true, true
    changedRecords[#changedRecords + 1] = it
end

-- When a record may be dropped: two periods after it is free, or after its grants have ended by
-- themselves; never where a session decides.
local function keepUntil(it)
    if #it.grants == 0 then return math.max(now + 120000, it.delay) end
    local latest = 0
    for _, grant in ipairs(it.grants) do
        if grant.session or grant.deadline == 0 then return end
        latest = math.max(latest, grant.deadline + math.max(120000, grant.delay))
    end
    return math.max(latest, now + 1)
end

-- How many wait for a lock.
local function queueSize(it)
    if not it.mayWait then return 0 end
    it.size = it.size or call('ZCARD', 'hf1:q:' .. sub(it.key, 7))
    if it.size == 0 then it.mayWait = false end
    return it.size
end

local function recordText(it)
    local parts = { (#it.grants > 0 and 'h' or 'f') }
    if queueSize(it) > 0 then parts[1] = parts[1] == 'h' and 'H' or 'F' end
    parts[2], parts[3], parts[4], parts[5] = it.counter, ' ', it.delay, ' '
    for number, grant in ipairs(it.grants) do parts[5 + number] = grantText(grant) end
    return table.concat(parts)
end

local function saveRecords()
    for number = 1, #changedRecords do
        local it = changedRecords[number]
        local untilTime = keepUntil(it)
        if untilTime then
            call('SET', it.key, recordText(it), 'PX', untilTime - now)
        else
            call('SET', it.key, recordText(it))
        end
        it.isMarked = true
    end
    for number = 1, #loaded do
        local it = loaded[number]
        -- Somebody began to wait for a lock whose record says that nobody does.
        if it.isThere and not it.isMarked and queueSize(it) > 0 then
            call('SET', it.key, recordText(it), 'KEEPTTL')
        end
    end
end

-- Ends every script of a member.
local function commit(reply)
    saveRecords()
    saveLives()
    saveGate()
    return reply
end

local function holds(grant, id)
    if not grant.joined then return grant.primary == id end
    for _, joined in ipairs(grant.joined) do
        if joined == id then return true end
    end
    return false
end

-- The grant that `id` holds by, and its place.
local function find(it, id)
    for place, grant in ipairs(it.grants) do
        if holds(grant, id) then return grant, place end
    end
end

local function findPrimary(it, id)
    for place, grant in ipairs(it.grants) do
        if grant.primary == id then return grant, place end
    end
end

local function raiseCounter(it, fence)
    if fence + 0 > it.counter + 0 then it.counter = fence end
end

-- Takes a grant out of the record and out of its session's index.
local function remove(it, place)
    local grant = table.remove(it.grants, place)
    if grant.session then unindex(grant, it.key) end
    changeRecord(it)
end

-- When a grant is over by itself; nil is never, 0 is at once and for no abnormal reason.
local function endOf(grant)
    local ending = grant.deadline > 0 and grant.deadline or nil
    if grant.session then
        local it = life(grant.session)
        if not it or it.born ~= grant.born then
            -- Another life followed, or it was closed.
            it = life(grant.session .. grant.born)
        end
        if not it or it.closed == '1' then return 0 end
        ending = math.min(ending or it.deadline, it.deadline)
    end
    return ending
end

-- Takes away grants that are over by themselves; the first step of everything that looks at a lock.
local function prune(key)
    local it = load(key)
    local isChanged = false
    for place = #it.grants, 1, -1 do
        local grant = it.grants[place]
        local ending = endOf(grant)
        if ending and ending <= now then
            remove(it, place)
            if grant.delay > 0 and ending > 0 then
                it.delay = math.max(it.delay, ending + grant.delay)
            end
            isChanged = true
        end
    end
    if isChanged then log(key) end
    return it
end
