-- Queues: a sorted set of grants by ticket, and what is known of each in a hash beside it. Both
-- are dropped when nobody has taken or confirmed a place for an hour.
local servers = {}

local function isServerAlive(server)
    if servers[server] == nil then
        local ending = call('GET', 'hf1:v:' .. server)
        servers[server] = ending and ending + 0 > now or false
    end
    return servers[server]
end

-- A waiter from its text: mode, ticket, server, claim, until when its place stands, and session.
local function parseWaiter(id, source)
    local mode, ticket, server, claim, ending, session = match(
        source, '^(%d)(%d+) (%d+) (%d+) (%d+) (.*)$')
    return {
        id = id, mode = mode, ticket = ticket, server = server, claim = claim,
        ending = ending + 0, session = session,
    }
end

local function isAlive(waiter)
    if waiter.ending <= now or not isServerAlive(waiter.server) then return false end
    return waiter.session == '' or living(waiter.session) ~= nil
end

-- What is known of the queue is not true any more.
local function changeQueue(it)
    it.size, it.page = nil, nil
end

-- Whether who takes back `claim` takes back `other` too: the same, or an earlier try of it. The last three
-- digits tell tries apart.
local function covers(claim, other)
    return claim == other
        or other ~= '0' and sub(claim, 1, -4) == sub(other, 1, -4) and other + 0 < claim + 0
end

-- Gives up a place; with `claim`, not one that another has claimed.
local function leave(it, id, claim)
    if queueSize(it) == 0 then return end
    local name = sub(it.key, 7)
    if claim then
        local source = call('HGET', 'hf1:w:' .. name, id)
        if source and not covers(claim, parseWaiter(id, source).claim) then return end
    end
    if call('HDEL', 'hf1:w:' .. name, id) == 0 then return end
    call('ZREM', 'hf1:q:' .. name, id)
    changeQueue(it)
end

-- A page of waiters: the first few, which mostly are enough, or the 64 from place `first` on. Those
-- without text are taken as dead.
local function waiters(it, first)
    if first == 0 and it.page then return it.page end
    local name = sub(it.key, 7)
    local ids = call('ZRANGE', 'hf1:q:' .. name, first, first == 0 and 3 or first + 63)
    if ids[1] then
        local sources = call('HMGET', 'hf1:w:' .. name, unpack(ids))
        for number = 1, #ids do
            ids[number] = parseWaiter(ids[number], sources[number] or '10 0 0 0 ')
        end
    end
    if first == 0 then it.page = ids end
    return ids
end

-- Takes the dead from the head of the queue, at most 1024 of them; the first waiter, or nil.
local function head(it)
    for _ = 1, 256 do
        if queueSize(it) == 0 then return end
        local dead, first = {}, nil
        for _, waiter in ipairs(waiters(it, 0)) do
            if isAlive(waiter) then
                first = waiter
                break
            end
            dead[#dead + 1] = waiter.id
        end
        if dead[1] then
            local name = sub(it.key, 7)
            call('ZREM', 'hf1:q:' .. name, unpack(dead))
            call('HDEL', 'hf1:w:' .. name, unpack(dead))
            changeQueue(it)
        end
        if first then return first end
    end
end

-- Tells the server of the first in the queue that its turn may have come.
local function wake(key)
    local it = load(key)
    local first = head(it)
    if not first then return end
    prune(key)
    for _, grant in ipairs(it.grants) do
        if first.mode == '1' or grant.mode == '1' then return end
    end
    call('PUBLISH', 'hf1:n:' .. first.server, sub(key, 7))
end

-- Gives a place in the queue of each of the step's names; false when one of them is full.
local function enqueue(step)
    for _, key in ipairs(step.keys) do
        local it = load(key)
        if queueSize(it) >= 100000 then return false end
    end
    for _, key in ipairs(step.keys) do
        local it, name = load(key), sub(key, 7)
        local queue, facts = 'hf1:q:' .. name, 'hf1:w:' .. name
        local source = it.mayWait and call('HGET', facts, step.id)
        local waiter = source and parseWaiter(step.id, source)
        if not waiter then
            waiter = { mode = step.mode, ticket = step.ticket, session = step.session or '' }
            call('ZADD', queue, step.ticket, step.id)
            it.mayWait = true
            changeQueue(it)
        end
        -- The caller may have come back by another server; its place stands for a while again.
        it.page = nil
        if not waiter.claim or step.claim + 0 >= waiter.claim + 0 then
            waiter.server, waiter.claim = step.server, step.claim
        end
        call('HSET', facts, step.id, waiter.mode .. waiter.ticket .. ' ' .. waiter.server .. ' '
            .. waiter.claim .. ' ' .. (now + 10000) .. ' ' .. waiter.session)
        call('PEXPIRE', queue, 3600000)
        call('PEXPIRE', facts, 3600000)
    end
    return true
end

-- Whether id `one` comes before `other`: not by `<`, which asks the node's locale.
local function isBefore(one, other)
    for place = 1, 16 do
        local left, right = one:byte(place), other:byte(place)
        if left ~= right then return left < right end
    end
    return false
end

-- Who came before `step` and cannot share the lock with it.
local function waiterBefore(step, it)
    if not head(it) then return end
    local first = 0
    while first < 4096 do
        local found = waiters(it, first)
        for _, waiter in ipairs(found) do
            local ticket, own = waiter.ticket + 0, step.ticket + 0
            if ticket > own then return end
            if waiter.id ~= step.id and (ticket < own or isBefore(waiter.id, step.id))
                and (step.mode == '1' or waiter.mode == '1') and isAlive(waiter)
            then
                return waiter
            end
        end
        if not found[1] then return end
        first = first + #found
    end
end
