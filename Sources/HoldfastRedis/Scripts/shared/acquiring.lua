--@include queues
--@include grants
-- A step from its words: the id, claim, mode and wishes and server, proposed fence, time to live, how long
-- to keep the record, the grant's tail, its session and the numbers of the names.
local function readStep(at, first, count)
    local mode, reentrant, fair, server = match(ARGV[at + 2], '^(%d)(.)(.)(%d*)$')
    local step = {
        id = ARGV[at], claim = ARGV[at + 1], mode = mode, isReentrant = reentrant == 'r', isFair = fair == 'f',
        server = server ~= '' and server or nil, proposed = ARGV[at + 3] + 0,
        ttl = ARGV[at + 4] + 0, tail = ARGV[at + 6], keys = {}, elements = {},
    }
    local session = ARGV[at + 7]
    step.session = session and session ~= '' and session or nil
    for number = 1, count do
        step.keys[number] = KEYS[first + number - 1]
        step.elements[number] = ARGV[at + 7 + number]
    end
    -- What the grant will be; the life of its session is known later.
    local wish = { born = step.session and '1' or '0', primary = step.id }
    parseTail(wish, step.tail, 1)
    step.wish, step.holder, step.ticket = wish, wish.holder, wish.ticket
    return step
end

local function isSame(grant, step)
    return grant.holder == step.holder and grant.session == step.session
end

local function grantedText(grant)
    return 'g' .. grant.primary .. grant.fence
end

-- Lets a holder enter again, where it holds all the names in one grant that allows it.
local function join(step)
    if not step.isReentrant or step.holder == '' then return end
    local first
    for _, grant in ipairs(load(step.keys[1]).grants) do
        if isSame(grant, step) then
            first = grant
            break
        end
    end
    if not first then return end
    for _, key in ipairs(step.keys) do
        local grant = findPrimary(load(key), first.primary)
        if not grant or not isSame(grant, step) or #(grant.joined or '1') >= 64
            or (grant.mode ~= '1' and step.mode ~= '2')
        then
            return
        end
    end
    for _, key in ipairs(step.keys) do
        local it = load(key)
        local grant = findPrimary(it, first.primary)
        if not grant.joined then
            grant.joined, grant.claims = { grant.primary }, { [grant.primary] = grant.claim }
        end
        grant.source, grant.joined[#grant.joined + 1] = nil, step.id
        grant.claims[step.id] = step.claim
        if grant.deadline > 0 and step.ttl > 0 then
            grant.deadline = math.max(grant.deadline, now + step.ttl)
        end
        changeRecord(it)
        log(key)
    end
    return grantedText(first)
end

-- Until the last of the grants ends by itself; `-` where one depends on a session only.
local function remaining(grants)
    local latest = 0
    for _, grant in ipairs(grants) do
        local ending = grant.deadline > 0 and grant.deadline or nil
        local it = grant.session and life(grant.session)
        if it then ending = math.min(ending or it.deadline, it.deadline) end
        if not ending then return '-' end
        latest = math.max(latest, ending)
    end
    return math.max(latest - now, 0)
end

-- Why the lock is not to be had, or nil: reason, grant in the way, its fence and ticket, the time
-- that is left, and its value.
local nobody = ('\0'):rep(16)
local function refusalOf(it, step)
    local blocker
    for _, grant in ipairs(it.grants) do
        if grant.mode == '1' or step.mode == '1' then
            blocker = grant
            break
        end
    end
    if blocker then
        local reason = 1
        for _, grant in ipairs(it.grants) do
            if step.holder ~= '' and isSame(grant, step) then reason = 4 end
        end
        return {
            reason, blocker.primary, blocker.fence, blocker.ticket, remaining(it.grants),
            blocker.value,
        }
    end
    if it.delay > now then return { 3, nobody, it.counter, 0, it.delay - now, '' } end
    local before = step.isFair and waiterBefore(step, it)
    if before then return { 2, before.id, 0, before.ticket, '-', '' } end
    if #it.grants >= 1024 then return { 1, it.grants[1].primary, 0, 0, '-', '' } end
end

local function refusalText(refusal, number, ahead, waiting)
    return 'h' .. refusal[1] .. refusal[2] .. (number - 1) .. ' ' .. refusal[3] .. ' '
        .. refusal[4] .. ' ' .. refusal[5] .. ' ' .. ahead .. ' ' .. waiting .. ' ' .. refusal[6]
end

-- The answer to a step that does not get the lock `number` of its names.
local function refuse(step, number, it, refusal)
    if #it.grants >= 1024 then return 'f' end
    if not step.server then return refusalText(refusal, number, 0, queueSize(it)) end
    if not enqueue(step) then return 'f' end
    local ahead = call('ZRANK', 'hf1:q:' .. sub(it.key, 7), step.id)
    return refusalText(refusal, number, ahead, queueSize(it))
end

local function grantStep(step, born)
    local fence = math.max(floor, step.proposed == 0 and 0 or step.proposed - 1)
    for _, key in ipairs(step.keys) do fence = math.max(fence, load(key).counter + 0) end
    local grant = step.wish
    grant.fence, grant.born, grant.session = text(fence + 1), born, step.session
    grant.deadline = step.ttl == 0 and 0 or now + step.ttl
    place(grant, step.keys, step.elements)
    remember(step.ttl)
    for _, key in ipairs(step.keys) do
        leave(load(key), step.id)
        if step.mode == '2' then wake(key) end
    end
    return grantedText(grant)
end

-- The asker answers from now on for a grant that is there already, unless a later one does.
local function takeOver(step)
    for _, key in ipairs(step.keys) do
        local grant = find(load(key), step.id)
        if grant and step.claim + 0 > claimOf(grant, step.id) + 0 then
            grant.source = nil
            if grant.claims then grant.claims[step.id] = step.claim else grant.claim = step.claim end
            changeRecord(load(key))
        end
        -- Who asks again counts from this sending.
        if grant and not step.session and step.ttl > 0 and grant.deadline > 0
            and grant.deadline < now + step.ttl
        then
            grant.source, grant.deadline = nil, now + step.ttl
            changeRecord(load(key))
        end
    end
    if not step.session then remember(step.ttl) end
end

-- Does a step, all names or none; its answer.
local function acquire(step)
    if isBuried(step.id, step.claim) then return 'b' end
    local born = '0'
    if step.session then
        local it = living(step.session)
        if not it then return 's' end
        born = it.born
    end
    if step.proposed > math.max(micros, reserved) + 500000 then return 'k' .. text(micros) end
    for _, key in ipairs(step.keys) do prune(key) end
    local known = find(load(step.keys[1]), step.id)
    for number = 2, #step.keys do known = known and find(load(step.keys[number]), step.id) and known end
    if known then
        takeOver(step)
        return grantedText(known)
    end
    local joined = join(step)
    if joined then return joined end
    for number, key in ipairs(step.keys) do
        local it = load(key)
        local refusal = refusalOf(it, step)
        if refusal then return refuse(step, number, it, refusal) end
    end
    return grantStep(step, born)
end
