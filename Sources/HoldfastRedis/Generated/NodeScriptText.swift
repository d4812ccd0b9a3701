// Made by tools/generate from Sources/HoldfastRedis/Scripts. Do not edit.

/// The scripts of the Redis nodes, as they are loaded.
enum NodeScriptText {
    static let accept = #"""
        #!lua
        local call = redis.call
        local sub, match, format = string.sub, string.match, string.format
        local function text(number)
        return format('%.0f', number)
        end
        local state = call('MGET', 'hf1:g', 'hf1:rf', KEYS[1] or 'hf1:rf')
        if not state[1] then return '!' end
        if sub(state[1], 1, 24) ~= ARGV[1] then return '?' .. sub(state[1], 1, 24) end
        local mark, floor = match(state[2] or '0', '^(l?)(%d+)$')
        local isLearning = mark == 'l'
        floor = floor + 0
        local function isLess(counter, proposer, other, otherProposer)
        return counter < other or counter == other and proposer < otherProposer
        end
        local function parseRegister(source)
        local it = { source = source }
        if not source then
        it.promised, it.promiser, it.accepted, it.accepter, it.kind, it.due, it.at = 0, 0, 0, 0, '0', '0', 1
        return it
        end
        local promised, promiser, accepted, accepter, kind, due, at = match(
        source, '^(%d+) (%d+) (%d+) (%d+) (%d) (%d+) ()')
        it.promised, it.promiser, it.accepted, it.accepter = promised + 0, promiser + 0, accepted + 0, accepter + 0
        it.kind, it.due, it.at = kind, due, at
        return it
        end
        local function header(it)
        return format(
        '%.0f %.0f %.0f %.0f %s %s ', it.promised, it.promiser, it.accepted, it.accepter, it.kind, it.due)
        end
        local function milliseconds()
        local time = call('TIME')
        return time[1] * 1000 + math.floor(time[2] / 1000)
        end
        local function nameOf(key)
        return sub(key, 7)
        end
        local function take(it, key, counter, proposer, kind, due)
        local name = nameOf(key)
        if it.kind == '0' then call('ZADD', 'hf1:rz', 0, name) end
        if due ~= it.due then
        if due == '0' then call('ZREM', 'hf1:rd', name) else call('ZADD', 'hf1:rd', due, name) end
        end
        it.promised, it.promiser, it.accepted, it.accepter = counter, proposer, counter, proposer
        it.kind, it.due = kind, due
        end
        local function append(entry)
        local count = call('RPUSH', 'hf1:c', entry)
        if count > 131072 then
        call('LTRIM', 'hf1:c', -65536, -1)
        call('INCRBY', 'hf1:cn', count - 65536)
        end
        end
        if isLearning then return 'l' end
        local counter, proposer = ARGV[2] + 0, ARGV[3] + 0
        local it = parseRegister(state[3])
        if not it.source and counter <= floor then return 'x' .. text(floor) end
        local isKnown = it.accepted == counter and it.accepter == proposer
        local bytes
        if isKnown then
        bytes = sub(it.source, it.at)
        else
        if isLess(counter, proposer, it.promised, it.promiser) or not isLess(it.accepted, it.accepter, counter, proposer) then
        return 'x' .. text(math.max(it.promised, it.accepted))
        end
        take(it, KEYS[1], counter, proposer, ARGV[4], ARGV[5])
        bytes = ARGV[6]
        local watched = match(state[1], '^%d+ (%d+)', 25) + 0
        if watched > 0 and watched > milliseconds() then append('\1' .. nameOf(KEYS[1])) end
        end
        local next, nextProposer = ARGV[7] + 0, ARGV[8] + 0
        local isPromised = next > 0 and not isLess(next, nextProposer, it.promised, it.promiser)
        if isPromised then it.promised, it.promiser = next, nextProposer end
        if isPromised or not isKnown then call('SET', KEYS[1], header(it) .. bytes) end
        return isPromised and 'a1' or 'a0'
        """#
    static let acquire = #"""
        #!lua
        local call = redis.call
        local sub, match, format = string.sub, string.match, string.format
        local id, first = ARGV[2], KEYS[1]
        local found = call('MGET', 'hf1:g', 'hf1:t:' .. id, 'hf1:t:' .. id .. sub(ARGV[3], 1, -4), unpack(KEYS))
        local gate = found[1]
        local time = call('TIME')
        local micros = time[1] * 1000000 + time[2]
        local now = (micros - micros % 1000) / 1000
        if gate and not found[2] and not found[3] and not KEYS[2] and sub(gate, 1, 24) == ARGV[1] then
        local calm, reserved, floor, longest = match(gate, '^(%d+) %d+ (%d+) (%d+) (%d+)', 25)
        local counter, proposed = found[4], ARGV[5] + 0
        if counter then
        counter = match(counter, '^f(%d+) 0 $')
        elseif call('EXISTS', 'hf1:q:' .. sub(first, 7)) == 0 then
        counter = 0
        end
        if counter and proposed > counter + 0 and proposed > floor + 0 and proposed <= reserved + 0
        and ARGV[6] + 0 <= longest + 0 and now < calm + 0
        then
        local deadline = ARGV[6] == '0' and 0 or now + ARGV[6]
        local session = ARGV[9]
        local record = 'h' .. ARGV[5] .. ' 0 ' .. id .. ARGV[5] .. ' ' .. deadline .. ' '
        if session == '' then
        if deadline == 0 then
        call('SET', first, record .. '0 ' .. ARGV[8])
        else
        call('SET', first, record .. '0 ' .. ARGV[8], 'PX', ARGV[7])
        end
        return 'g' .. id .. ARGV[5]
        end
        local header = call('HGET', 'hf1:s:' .. session, '')
        if not header then return 's' end
        local ending, born, digest, rest = match(header, '^(%d+) (%d+) (%d+)( .*)$')
        if ending + 0 <= now then return 's' end
        call('SET', first, record .. born .. ' ' .. ARGV[8])
        digest = (digest + ARGV[10]) % 70368744177664
        if call('HSET', 'hf1:s:' .. session, '', ending .. ' ' .. born .. ' ' .. digest .. rest,
        id .. sub(first, 7), ARGV[10]) == 0
        then
        call('HSET', 'hf1:s:' .. session, '', header)
        end
        return 'g' .. id .. ARGV[5]
        end
        end
        local function text(number)
        return format('%.0f', number)
        end
        if not gate then return '!' end
        if sub(gate, 1, 24) ~= ARGV[1] then return '?' .. sub(gate, 1, 24) end
        local quiet, watched, reserved, floor, longest, before, period, newest = match(
        gate, '^(%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d+)$', 25)
        quiet, watched, reserved, floor = quiet + 0, watched + 0, reserved + 0, floor + 0
        longest, before, period, newest = longest + 0, before + 0, period + 0, newest + 0
        local isGateChanged = false
        local current = (now - now % 60000) / 60000
        if current > period then
        floor = math.max(floor, current == period + 1 and before or reserved)
        before, period, isGateChanged = reserved, current, true
        end
        local function cover(fence)
        if fence > reserved then reserved, isGateChanged = fence + 1000000, true end
        end
        local function remember(ttl)
        if ttl > longest then longest, isGateChanged = ttl, true end
        end
        local function saveGate()
        local calm = watched > now and 0 or (period + 1) * 60000
        if not isGateChanged and calm == quiet then return end
        call('SET', 'hf1:g', ARGV[1] .. format('%.0f %.0f %.0f %.0f %.0f %.0f %.0f %.0f',
        calm, watched, reserved, floor, longest, before, period, newest))
        end
        local function append(entry)
        local count = call('RPUSH', 'hf1:c', entry)
        if count > 131072 then
        call('LTRIM', 'hf1:c', -65536, -1)
        call('INCRBY', 'hf1:cn', count - 65536)
        end
        end
        local function log(key)
        if watched > now then append(sub(key, 7)) end
        end
        local lives, changedLives = {}, {}
        local function life(id)
        local found = lives[id]
        if found ~= nil then return found end
        local header = call('HGET', 'hf1:s:' .. id, '')
        if header then
        local deadline, born, digest, closed, score = match(
        header, '^(%d+) (%d+) (%d+) (%d) (%d+)$')
        found = {
        id = id, deadline = deadline + 0, born = born, digest = digest + 0, closed = closed,
        score = score + 0,
        }
        else
        found = false
        end
        lives[id] = found
        return found
        end
        local function living(id)
        local found = life(id)
        if found and found.deadline > now then return found end
        end
        local function header(it)
        return it.deadline .. ' ' .. it.born .. ' ' .. it.digest .. ' ' .. it.closed .. ' ' .. it.score
        end
        local function changeLife(it)
        if it.isChanged then return end
        it.isChanged = true
        changedLives[#changedLives + 1] = it
        end
        local function saveLives()
        for index = 1, #changedLives do
        local it = changedLives[index]
        if lives[it.id] == it then call('HSET', 'hf1:s:' .. it.id, '', header(it)) end
        end
        end
        local function index(id, key, primary, element)
        local it = life(id)
        if call('HSET', 'hf1:s:' .. id, primary .. sub(key, 7), element) == 1 then
        it.digest = (it.digest + element) % 70368744177664
        changeLife(it)
        end
        end
        local function unindex(grant, key)
        local it = life(grant.session)
        if not it or it.born ~= grant.born then return end
        local field = grant.primary .. sub(key, 7)
        local element = call('HGET', 'hf1:s:' .. it.id, field)
        if not element then return end
        call('HDEL', 'hf1:s:' .. it.id, field)
        it.digest = (it.digest - element) % 70368744177664
        changeLife(it)
        end
        local records, loaded, changedRecords = {}, {}, {}
        local function parseTail(it, source, place)
        local sequence, delay, ticket, claim, joined, holderSize, valueSize, mode, at = match(
        source, '^(%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d) ()', place)
        it.sequence, it.delay, it.ticket, it.claim, it.mode = sequence, delay + 0, ticket, claim, mode
        if it.born ~= '0' then
        it.session = sub(source, at, at + 15)
        at = at + 16
        end
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
        local function claimOf(grant, id)
        return grant.claims and grant.claims[id] or grant.claim
        end
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
        local function keepUntil(it)
        if #it.grants == 0 then return math.max(now + 120000, it.delay) end
        local latest = 0
        for _, grant in ipairs(it.grants) do
        if grant.session or grant.deadline == 0 then return end
        latest = math.max(latest, grant.deadline + math.max(120000, grant.delay))
        end
        return math.max(latest, now + 1)
        end
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
        if it.isThere and not it.isMarked and queueSize(it) > 0 then
        call('SET', it.key, recordText(it), 'KEEPTTL')
        end
        end
        end
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
        local function remove(it, place)
        local grant = table.remove(it.grants, place)
        if grant.session then unindex(grant, it.key) end
        changeRecord(it)
        end
        local function endOf(grant)
        local ending = grant.deadline > 0 and grant.deadline or nil
        if grant.session then
        local it = life(grant.session)
        if not it or it.born ~= grant.born then
        it = life(grant.session .. grant.born)
        end
        if not it or it.closed == '1' then return 0 end
        ending = math.min(ending or it.deadline, it.deadline)
        end
        return ending
        end
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
        for number, key in ipairs(KEYS) do parse(key, found[number + 3]) end
        local servers = {}
        local function isServerAlive(server)
        if servers[server] == nil then
        local ending = call('GET', 'hf1:v:' .. server)
        servers[server] = ending and ending + 0 > now or false
        end
        return servers[server]
        end
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
        local function changeQueue(it)
        it.size, it.page = nil, nil
        end
        local function covers(claim, other)
        return claim == other
        or other ~= '0' and sub(claim, 1, -4) == sub(other, 1, -4) and other + 0 < claim + 0
        end
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
        local function isBefore(one, other)
        for place = 1, 16 do
        local left, right = one:byte(place), other:byte(place)
        if left ~= right then return left < right end
        end
        return false
        end
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
        local function place(grant, keys, elements)
        cover(grant.fence + 0)
        for number, key in ipairs(keys) do
        local it, own = load(key), {}
        for field, value in pairs(grant) do own[field] = value end
        raiseCounter(it, grant.fence)
        it.grants[#it.grants + 1] = own
        it.delay = 0
        changeRecord(it)
        if grant.session then index(grant.session, key, grant.primary, elements[number]) end
        log(key)
        end
        end
        local function isBuried(id, claim)
        local found = call('MGET', 'hf1:t:' .. id, 'hf1:t:' .. id .. sub(claim, 1, -4))
        for number = 1, 2 do
        if found[number] and found[number] + 0 > now then return true end
        end
        return false
        end
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
        local function takeOver(step)
        for _, key in ipairs(step.keys) do
        local grant = find(load(key), step.id)
        if grant and step.claim + 0 > claimOf(grant, step.id) + 0 then
        grant.source = nil
        if grant.claims then grant.claims[step.id] = step.claim else grant.claim = step.claim end
        changeRecord(load(key))
        end
        if grant and not step.session and step.ttl > 0 and grant.deadline > 0
        and grant.deadline < now + step.ttl
        then
        grant.source, grant.deadline = nil, now + step.ttl
        changeRecord(load(key))
        end
        end
        if not step.session then remember(step.ttl) end
        end
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
        return commit(acquire(readStep(2, 1, #KEYS)))
        """#
    static let admit = #"""
        #!lua
        local call = redis.call
        local sub, match, format = string.sub, string.match, string.format
        local gate = call('GET', 'hf1:g')
        local time = call('TIME')
        local micros = time[1] * 1000000 + time[2]
        local now = (micros - micros % 1000) / 1000
        local function text(number)
        return format('%.0f', number)
        end
        local function writeGate(identity, floor, longest, newest)
        local period = (now - now % 60000) / 60000
        call('SET', 'hf1:g', identity .. format('%.0f 0 %.0f %.0f %.0f %.0f %.0f %.0f',
        (period + 1) * 60000, floor, floor, longest, floor, period, newest))
        end
        local function epoch(identity)
        local number = 0
        for place = 9, 16 do number = number * 256 + identity:byte(place) end
        return number
        end
        if ARGV[2] + 0 > 9007199254740992 then return { err = 'HOLDFAST fence out of range' } end
        local newest = 0
        if gate then
        local present = sub(gate, 1, 24)
        if present == ARGV[1] then return text(micros) end
        if sub(present, 1, 8) ~= sub(ARGV[1], 1, 8) or epoch(present) >= epoch(ARGV[1])
        or present ~= ARGV[4]
        then
        return '?' .. present
        end
        newest = match(gate, ' (%d+)$')
        end
        for _, key in ipairs(call('SCAN', '0', 'COUNT', 100)[2]) do
        if sub(key, 1, 4) ~= 'hf1:' then
        return { err = 'HOLDFAST the database has keys of others' }
        end
        end
        call('FLUSHDB', 'ASYNC')
        writeGate(ARGV[1], ARGV[2], ARGV[3], newest)
        if ARGV[5] == '1' then call('SET', 'hf1:rf', 'l0') end
        return text(micros)
        """#
    static let change = #"""
        #!lua flags=allow-oom
        local call = redis.call
        local sub, match, format = string.sub, string.match, string.format
        local gate = call('GET', 'hf1:g')
        local time = call('TIME')
        local micros = time[1] * 1000000 + time[2]
        local now = (micros - micros % 1000) / 1000
        local function text(number)
        return format('%.0f', number)
        end
        if not gate then return '!' end
        if sub(gate, 1, 24) ~= ARGV[1] then return '?' .. sub(gate, 1, 24) end
        local quiet, watched, reserved, floor, longest, before, period, newest = match(
        gate, '^(%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d+)$', 25)
        quiet, watched, reserved, floor = quiet + 0, watched + 0, reserved + 0, floor + 0
        longest, before, period, newest = longest + 0, before + 0, period + 0, newest + 0
        local isGateChanged = false
        local current = (now - now % 60000) / 60000
        if current > period then
        floor = math.max(floor, current == period + 1 and before or reserved)
        before, period, isGateChanged = reserved, current, true
        end
        local function cover(fence)
        if fence > reserved then reserved, isGateChanged = fence + 1000000, true end
        end
        local function saveGate()
        local calm = watched > now and 0 or (period + 1) * 60000
        if not isGateChanged and calm == quiet then return end
        call('SET', 'hf1:g', ARGV[1] .. format('%.0f %.0f %.0f %.0f %.0f %.0f %.0f %.0f',
        calm, watched, reserved, floor, longest, before, period, newest))
        end
        local function append(entry)
        local count = call('RPUSH', 'hf1:c', entry)
        if count > 131072 then
        call('LTRIM', 'hf1:c', -65536, -1)
        call('INCRBY', 'hf1:cn', count - 65536)
        end
        end
        local function log(key)
        if watched > now then append(sub(key, 7)) end
        end
        local lives, changedLives = {}, {}
        local function life(id)
        local found = lives[id]
        if found ~= nil then return found end
        local header = call('HGET', 'hf1:s:' .. id, '')
        if header then
        local deadline, born, digest, closed, score = match(
        header, '^(%d+) (%d+) (%d+) (%d) (%d+)$')
        found = {
        id = id, deadline = deadline + 0, born = born, digest = digest + 0, closed = closed,
        score = score + 0,
        }
        else
        found = false
        end
        lives[id] = found
        return found
        end
        local function living(id)
        local found = life(id)
        if found and found.deadline > now then return found end
        end
        local function header(it)
        return it.deadline .. ' ' .. it.born .. ' ' .. it.digest .. ' ' .. it.closed .. ' ' .. it.score
        end
        local function changeLife(it)
        if it.isChanged then return end
        it.isChanged = true
        changedLives[#changedLives + 1] = it
        end
        local function saveLives()
        for index = 1, #changedLives do
        local it = changedLives[index]
        if lives[it.id] == it then call('HSET', 'hf1:s:' .. it.id, '', header(it)) end
        end
        end
        local function index(id, key, primary, element)
        local it = life(id)
        if call('HSET', 'hf1:s:' .. id, primary .. sub(key, 7), element) == 1 then
        it.digest = (it.digest + element) % 70368744177664
        changeLife(it)
        end
        end
        local function invert(grant, key)
        local it = life(grant.session)
        if not it or it.born ~= grant.born then return end
        local field = grant.primary .. sub(key, 7)
        local element = call('HGET', 'hf1:s:' .. it.id, field)
        if not element then return end
        local other = 70368744177663 - element
        call('HSET', 'hf1:s:' .. it.id, field, other)
        it.digest = (it.digest - element + other) % 70368744177664
        changeLife(it)
        end
        local function unindex(grant, key)
        local it = life(grant.session)
        if not it or it.born ~= grant.born then return end
        local field = grant.primary .. sub(key, 7)
        local element = call('HGET', 'hf1:s:' .. it.id, field)
        if not element then return end
        call('HDEL', 'hf1:s:' .. it.id, field)
        it.digest = (it.digest - element) % 70368744177664
        changeLife(it)
        end
        local records, loaded, changedRecords = {}, {}, {}
        local function parseTail(it, source, place)
        local sequence, delay, ticket, claim, joined, holderSize, valueSize, mode, at = match(
        source, '^(%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d) ()', place)
        it.sequence, it.delay, it.ticket, it.claim, it.mode = sequence, delay + 0, ticket, claim, mode
        if it.born ~= '0' then
        it.session = sub(source, at, at + 15)
        at = at + 16
        end
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
        local function claimOf(grant, id)
        return grant.claims and grant.claims[id] or grant.claim
        end
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
        local function keepUntil(it)
        if #it.grants == 0 then return math.max(now + 120000, it.delay) end
        local latest = 0
        for _, grant in ipairs(it.grants) do
        if grant.session or grant.deadline == 0 then return end
        latest = math.max(latest, grant.deadline + math.max(120000, grant.delay))
        end
        return math.max(latest, now + 1)
        end
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
        if it.isThere and not it.isMarked and queueSize(it) > 0 then
        call('SET', it.key, recordText(it), 'KEEPTTL')
        end
        end
        end
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
        local function find(it, id)
        for place, grant in ipairs(it.grants) do
        if holds(grant, id) then return grant, place end
        end
        end
        local function raiseCounter(it, fence)
        if fence + 0 > it.counter + 0 then it.counter = fence end
        end
        local function remove(it, place)
        local grant = table.remove(it.grants, place)
        if grant.session then unindex(grant, it.key) end
        changeRecord(it)
        end
        local function endOf(grant)
        local ending = grant.deadline > 0 and grant.deadline or nil
        if grant.session then
        local it = life(grant.session)
        if not it or it.born ~= grant.born then
        it = life(grant.session .. grant.born)
        end
        if not it or it.closed == '1' then return 0 end
        ending = math.min(ending or it.deadline, it.deadline)
        end
        return ending
        end
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
        local servers = {}
        local function isServerAlive(server)
        if servers[server] == nil then
        local ending = call('GET', 'hf1:v:' .. server)
        servers[server] = ending and ending + 0 > now or false
        end
        return servers[server]
        end
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
        local function changeQueue(it)
        it.size, it.page = nil, nil
        end
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
        local function setMode(key, grant, mode, fence)
        if grant.mode ~= mode and grant.session then invert(grant, key) end
        local it = load(key)
        grant.source, grant.mode, grant.fence = nil, mode, fence
        raiseCounter(it, fence)
        changeRecord(it)
        log(key)
        if mode == '2' then wake(key) end
        end
        local id, mode, proposed = ARGV[2], ARGV[3], ARGV[4] + 0
        local function change()
        if mode == '1' and proposed > math.max(micros, reserved) + 500000 then
        return 'k' .. text(micros)
        end
        for _, key in ipairs(KEYS) do prune(key) end
        local fence = math.max(floor, proposed == 0 and 0 or proposed - 1)
        local primary, isAlready = id, true
        for number, key in ipairs(KEYS) do
        local it = load(key)
        local grant, at = find(it, id)
        if not grant then return 's' end
        local other = it.grants[at == 1 and 2 or 1]
        if mode == '1' and other then
        return 'h1' .. other.primary .. (number - 1) .. ' ' .. other.fence .. ' '
        .. other.ticket .. ' - 0 ' .. queueSize(it) .. ' ' .. other.value
        end
        if mode == '2' and proposed > 0 and grant.fence + 0 > proposed then return 's' end
        fence = math.max(fence, it.counter + 0)
        primary = grant.primary
        if grant.mode ~= mode then isAlready = false end
        end
        local granted = find(load(KEYS[1]), id).fence
        if not isAlready then
        if mode == '1' then granted = text(fence + 1) end
        cover(granted + 0)
        for _, key in ipairs(KEYS) do
        setMode(key, find(load(key), id), mode, granted)
        end
        end
        return 'g' .. primary .. granted
        end
        return commit(change())
        """#
    static let changes = #"""
        #!lua flags=allow-oom
        local call = redis.call
        local sub, match, format = string.sub, string.match, string.format
        local gate = call('GET', 'hf1:g')
        local time = call('TIME')
        local micros = time[1] * 1000000 + time[2]
        local now = (micros - micros % 1000) / 1000
        local function text(number)
        return format('%.0f', number)
        end
        if not gate then return '!' end
        if sub(gate, 1, 24) ~= ARGV[1] then return '?' .. sub(gate, 1, 24) end
        local quiet, watched, reserved, floor, longest, before, period, newest = match(
        gate, '^(%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d+)$', 25)
        quiet, watched, reserved, floor = quiet + 0, watched + 0, reserved + 0, floor + 0
        longest, before, period, newest = longest + 0, before + 0, period + 0, newest + 0
        local isGateChanged = false
        local current = (now - now % 60000) / 60000
        if current > period then
        floor = math.max(floor, current == period + 1 and before or reserved)
        before, period, isGateChanged = reserved, current, true
        end
        local function saveGate()
        local calm = watched > now and 0 or (period + 1) * 60000
        if not isGateChanged and calm == quiet then return end
        call('SET', 'hf1:g', ARGV[1] .. format('%.0f %.0f %.0f %.0f %.0f %.0f %.0f %.0f',
        calm, watched, reserved, floor, longest, before, period, newest))
        end
        saveGate()
        local dropped = (call('GET', 'hf1:cn') or 0) + 0
        local last, after = dropped + call('LLEN', 'hf1:c'), ARGV[2] + 0
        if after >= last then return { text(dropped + 1), text(last) } end
        local start, names = math.max(0, after - dropped), {}
        if ARGV[3] ~= '0' then names = call('LRANGE', 'hf1:c', start, start + ARGV[3] - 1) end
        return { text(dropped + 1), text(dropped + start + #names), unpack(names) }
        """#
    static let closesession = #"""
        #!lua flags=allow-oom
        local call = redis.call
        local sub, match, format = string.sub, string.match, string.format
        local gate = call('GET', 'hf1:g')
        local time = call('TIME')
        local micros = time[1] * 1000000 + time[2]
        local now = (micros - micros % 1000) / 1000
        local function text(number)
        return format('%.0f', number)
        end
        if not gate then return '!' end
        if sub(gate, 1, 24) ~= ARGV[1] then return '?' .. sub(gate, 1, 24) end
        local quiet, watched, reserved, floor, longest, before, period, newest = match(
        gate, '^(%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d+)$', 25)
        quiet, watched, reserved, floor = quiet + 0, watched + 0, reserved + 0, floor + 0
        longest, before, period, newest = longest + 0, before + 0, period + 0, newest + 0
        local isGateChanged = false
        local current = (now - now % 60000) / 60000
        if current > period then
        floor = math.max(floor, current == period + 1 and before or reserved)
        before, period, isGateChanged = reserved, current, true
        end
        local function saveGate()
        local calm = watched > now and 0 or (period + 1) * 60000
        if not isGateChanged and calm == quiet then return end
        call('SET', 'hf1:g', ARGV[1] .. format('%.0f %.0f %.0f %.0f %.0f %.0f %.0f %.0f',
        calm, watched, reserved, floor, longest, before, period, newest))
        end
        local lives, changedLives = {}, {}
        local function life(id)
        local found = lives[id]
        if found ~= nil then return found end
        local header = call('HGET', 'hf1:s:' .. id, '')
        if header then
        local deadline, born, digest, closed, score = match(
        header, '^(%d+) (%d+) (%d+) (%d) (%d+)$')
        found = {
        id = id, deadline = deadline + 0, born = born, digest = digest + 0, closed = closed,
        score = score + 0,
        }
        else
        found = false
        end
        lives[id] = found
        return found
        end
        local function header(it)
        return it.deadline .. ' ' .. it.born .. ' ' .. it.digest .. ' ' .. it.closed .. ' ' .. it.score
        end
        local function setAside(it, closed)
        local key = 'hf1:s:' .. it.id
        call('ZREM', 'hf1:d', it.id)
        if call('HLEN', key) < 2 then
        call('DEL', key)
        return
        end
        it.closed = closed
        call('HSET', key, '', header(it))
        call('RENAME', key, key .. it.born)
        call('ZADD', 'hf1:d', now, it.id .. it.born)
        end
        local it = life(ARGV[2])
        if it then setAside(it, it.deadline > now and '1' or '0') end
        saveGate()
        return text(micros)
        """#
    static let collect = #"""
        #!lua flags=allow-oom
        local call = redis.call
        local sub, match, format = string.sub, string.match, string.format
        local function text(number)
        return format('%.0f', number)
        end
        local state = call('MGET', 'hf1:g', 'hf1:rf', KEYS[1] or 'hf1:rf')
        if not state[1] then return '!' end
        if sub(state[1], 1, 24) ~= ARGV[1] then return '?' .. sub(state[1], 1, 24) end
        local mark, floor = match(state[2] or '0', '^(l?)(%d+)$')
        local isLearning = mark == 'l'
        floor = floor + 0
        local function saveFloor()
        if mark == '' and floor == 0 then
        call('DEL', 'hf1:rf')
        else
        call('SET', 'hf1:rf', mark .. text(floor))
        end
        end
        local function isLess(counter, proposer, other, otherProposer)
        return counter < other or counter == other and proposer < otherProposer
        end
        local function parseRegister(source)
        local it = { source = source }
        if not source then
        it.promised, it.promiser, it.accepted, it.accepter, it.kind, it.due, it.at = 0, 0, 0, 0, '0', '0', 1
        return it
        end
        local promised, promiser, accepted, accepter, kind, due, at = match(
        source, '^(%d+) (%d+) (%d+) (%d+) (%d) (%d+) ()')
        it.promised, it.promiser, it.accepted, it.accepter = promised + 0, promiser + 0, accepted + 0, accepter + 0
        it.kind, it.due, it.at = kind, due, at
        return it
        end
        local function nameOf(key)
        return sub(key, 7)
        end
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
        """#
    static let confirm = #"""
        #!lua flags=allow-oom
        local call = redis.call
        local sub, match, format = string.sub, string.match, string.format
        local gate = call('GET', 'hf1:g')
        local time = call('TIME')
        local micros = time[1] * 1000000 + time[2]
        local now = (micros - micros % 1000) / 1000
        local function text(number)
        return format('%.0f', number)
        end
        if not gate then return '!' end
        if sub(gate, 1, 24) ~= ARGV[1] then return '?' .. sub(gate, 1, 24) end
        call('SET', 'hf1:g', ARGV[2] .. sub(gate, 25))
        return text(micros)
        """#
    static let copyregisters = #"""
        #!lua flags=no-writes
        local call = redis.call
        local sub, match, format = string.sub, string.match, string.format
        local function text(number)
        return format('%.0f', number)
        end
        local state = call('MGET', 'hf1:g', 'hf1:rf', KEYS[1] or 'hf1:rf')
        if not state[1] then return '!' end
        if sub(state[1], 1, 24) ~= ARGV[1] then return '?' .. sub(state[1], 1, 24) end
        local mark, floor = match(state[2] or '0', '^(l?)(%d+)$')
        local isLearning = mark == 'l'
        floor = floor + 0
        local function parseRegister(source)
        local it = { source = source }
        if not source then
        it.promised, it.promiser, it.accepted, it.accepter, it.kind, it.due, it.at = 0, 0, 0, 0, '0', '0', 1
        return it
        end
        local promised, promiser, accepted, accepter, kind, due, at = match(
        source, '^(%d+) (%d+) (%d+) (%d+) (%d) (%d+) ()')
        it.promised, it.promiser, it.accepted, it.accepter = promised + 0, promiser + 0, accepted + 0, accepter + 0
        it.kind, it.due, it.at = kind, due, at
        return it
        end
        if isLearning then return 'l' end
        local names = call('ZRANGEBYLEX', 'hf1:rz', ARGV[2], '+', 'LIMIT', 0, ARGV[3])
        local reply, bytes = { text(floor), '0' }, 0
        for number, name in ipairs(names) do
        local source = call('GET', 'hf1:r:' .. name)
        if source then
        reply[#reply + 1], reply[#reply + 2] = name, source
        bytes = bytes + #source - parseRegister(source).at + 1
        end
        if bytes >= 524288 or number == ARGV[3] + 0 then
        reply[2] = '1'
        break
        end
        end
        return reply
        """#
    static let dueregisters = #"""
        #!lua flags=no-writes
        local call = redis.call
        local sub, match, format = string.sub, string.match, string.format
        local state = call('MGET', 'hf1:g', 'hf1:rf', KEYS[1] or 'hf1:rf')
        if not state[1] then return '!' end
        if sub(state[1], 1, 24) ~= ARGV[1] then return '?' .. sub(state[1], 1, 24) end
        local mark, floor = match(state[2] or '0', '^(l?)(%d+)$')
        local isLearning = mark == 'l'
        floor = floor + 0
        local function milliseconds()
        local time = call('TIME')
        return time[1] * 1000 + math.floor(time[2] / 1000)
        end
        if isLearning then return 'l' end
        local names = call('ZRANGEBYSCORE', 'hf1:rd', '-inf', math.min(ARGV[2] + 0, milliseconds()), 'LIMIT', 0, ARGV[3])
        return { '0', unpack(names) }
        """#
    static let endlearning = #"""
        #!lua flags=allow-oom
        local call = redis.call
        local sub, match, format = string.sub, string.match, string.format
        local function text(number)
        return format('%.0f', number)
        end
        local state = call('MGET', 'hf1:g', 'hf1:rf', KEYS[1] or 'hf1:rf')
        if not state[1] then return '!' end
        if sub(state[1], 1, 24) ~= ARGV[1] then return '?' .. sub(state[1], 1, 24) end
        local mark, floor = match(state[2] or '0', '^(l?)(%d+)$')
        local isLearning = mark == 'l'
        floor = floor + 0
        local function saveFloor()
        if mark == '' and floor == 0 then
        call('DEL', 'hf1:rf')
        else
        call('SET', 'hf1:rf', mark .. text(floor))
        end
        end
        if not isLearning then return '0' end
        mark = ''
        saveFloor()
        return '1'
        """#
    static let form = #"""
        #!lua
        local call = redis.call
        local sub, match, format = string.sub, string.match, string.format
        local gate = call('GET', 'hf1:g')
        local time = call('TIME')
        local micros = time[1] * 1000000 + time[2]
        local now = (micros - micros % 1000) / 1000
        local function text(number)
        return format('%.0f', number)
        end
        local function writeGate(identity, floor, longest, newest)
        local period = (now - now % 60000) / 60000
        call('SET', 'hf1:g', identity .. format('%.0f 0 %.0f %.0f %.0f %.0f %.0f %.0f',
        (period + 1) * 60000, floor, floor, longest, floor, period, newest))
        end
        if gate then
        if sub(gate, 1, 24) ~= ARGV[1] then return '?' .. sub(gate, 1, 24) end
        return text(micros)
        end
        if call('DBSIZE') > 0 then return '!' end
        writeGate(ARGV[1], 0, 0, 0)
        return text(micros)
        """#
    static let heartbeat = #"""
        #!lua flags=allow-oom
        local call = redis.call
        local sub, match, format = string.sub, string.match, string.format
        local gate = call('GET', 'hf1:g')
        local time = call('TIME')
        local micros = time[1] * 1000000 + time[2]
        local now = (micros - micros % 1000) / 1000
        local function text(number)
        return format('%.0f', number)
        end
        if not gate then return '!' end
        if sub(gate, 1, 24) ~= ARGV[1] then return '?' .. sub(gate, 1, 24) end
        local quiet, watched, reserved, floor, longest, before, period, newest = match(
        gate, '^(%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d+)$', 25)
        quiet, watched, reserved, floor = quiet + 0, watched + 0, reserved + 0, floor + 0
        longest, before, period, newest = longest + 0, before + 0, period + 0, newest + 0
        local isGateChanged = false
        local current = (now - now % 60000) / 60000
        if current > period then
        floor = math.max(floor, current == period + 1 and before or reserved)
        before, period, isGateChanged = reserved, current, true
        end
        local function saveGate()
        local calm = watched > now and 0 or (period + 1) * 60000
        if not isGateChanged and calm == quiet then return end
        call('SET', 'hf1:g', ARGV[1] .. format('%.0f %.0f %.0f %.0f %.0f %.0f %.0f %.0f',
        calm, watched, reserved, floor, longest, before, period, newest))
        end
        call('SET', 'hf1:v:' .. ARGV[2], now + ARGV[3], 'PX', math.max(ARGV[3] + 0, 1))
        if ARGV[4] ~= '0' and watched <= now then
        local dropped = (call('GET', 'hf1:cn') or 0) + call('LLEN', 'hf1:c') + 1
        call('SET', 'hf1:cn', text(math.max(dropped, micros)))
        call('DEL', 'hf1:c')
        end
        if ARGV[4] ~= '0' and watched < now + ARGV[4] then
        watched, isGateChanged = now + ARGV[4], true
        end
        saveGate()
        return text(micros)
        """#
    static let keepalive = #"""
        #!lua flags=allow-oom
        local call = redis.call
        local sub, match, format = string.sub, string.match, string.format
        local gate = call('GET', 'hf1:g')
        local time = call('TIME')
        local micros = time[1] * 1000000 + time[2]
        local now = (micros - micros % 1000) / 1000
        local function text(number)
        return format('%.0f', number)
        end
        if not gate then return '!' end
        if sub(gate, 1, 24) ~= ARGV[1] then return '?' .. sub(gate, 1, 24) end
        local quiet, watched, reserved, floor, longest, before, period, newest = match(
        gate, '^(%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d+)$', 25)
        quiet, watched, reserved, floor = quiet + 0, watched + 0, reserved + 0, floor + 0
        longest, before, period, newest = longest + 0, before + 0, period + 0, newest + 0
        local isGateChanged = false
        local current = (now - now % 60000) / 60000
        if current > period then
        floor = math.max(floor, current == period + 1 and before or reserved)
        before, period, isGateChanged = reserved, current, true
        end
        local function remember(ttl)
        if ttl > longest then longest, isGateChanged = ttl, true end
        end
        local function saveGate()
        local calm = watched > now and 0 or (period + 1) * 60000
        if not isGateChanged and calm == quiet then return end
        call('SET', 'hf1:g', ARGV[1] .. format('%.0f %.0f %.0f %.0f %.0f %.0f %.0f %.0f',
        calm, watched, reserved, floor, longest, before, period, newest))
        end
        local lives, changedLives = {}, {}
        local function life(id)
        local found = lives[id]
        if found ~= nil then return found end
        local header = call('HGET', 'hf1:s:' .. id, '')
        if header then
        local deadline, born, digest, closed, score = match(
        header, '^(%d+) (%d+) (%d+) (%d) (%d+)$')
        found = {
        id = id, deadline = deadline + 0, born = born, digest = digest + 0, closed = closed,
        score = score + 0,
        }
        else
        found = false
        end
        lives[id] = found
        return found
        end
        local function living(id)
        local found = life(id)
        if found and found.deadline > now then return found end
        end
        local function header(it)
        return it.deadline .. ' ' .. it.born .. ' ' .. it.digest .. ' ' .. it.closed .. ' ' .. it.score
        end
        local function setAside(it, closed)
        local key = 'hf1:s:' .. it.id
        call('ZREM', 'hf1:d', it.id)
        if call('HLEN', key) < 2 then
        call('DEL', key)
        return
        end
        it.closed = closed
        call('HSET', key, '', header(it))
        call('RENAME', key, key .. it.born)
        call('ZADD', 'hf1:d', now, it.id .. it.born)
        end
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
        """#
    static let learn = #"""
        #!lua
        local call = redis.call
        local sub, match, format = string.sub, string.match, string.format
        local function text(number)
        return format('%.0f', number)
        end
        local state = call('MGET', 'hf1:g', 'hf1:rf', KEYS[1] or 'hf1:rf')
        if not state[1] then return '!' end
        if sub(state[1], 1, 24) ~= ARGV[1] then return '?' .. sub(state[1], 1, 24) end
        local mark, floor = match(state[2] or '0', '^(l?)(%d+)$')
        local isLearning = mark == 'l'
        floor = floor + 0
        local function saveFloor()
        if mark == '' and floor == 0 then
        call('DEL', 'hf1:rf')
        else
        call('SET', 'hf1:rf', mark .. text(floor))
        end
        end
        local function isLess(counter, proposer, other, otherProposer)
        return counter < other or counter == other and proposer < otherProposer
        end
        local function parseRegister(source)
        local it = { source = source }
        if not source then
        it.promised, it.promiser, it.accepted, it.accepter, it.kind, it.due, it.at = 0, 0, 0, 0, '0', '0', 1
        return it
        end
        local promised, promiser, accepted, accepter, kind, due, at = match(
        source, '^(%d+) (%d+) (%d+) (%d+) (%d) (%d+) ()')
        it.promised, it.promiser, it.accepted, it.accepter = promised + 0, promiser + 0, accepted + 0, accepter + 0
        it.kind, it.due, it.at = kind, due, at
        return it
        end
        local function header(it)
        return format(
        '%.0f %.0f %.0f %.0f %s %s ', it.promised, it.promiser, it.accepted, it.accepter, it.kind, it.due)
        end
        local function nameOf(key)
        return sub(key, 7)
        end
        local function take(it, key, counter, proposer, kind, due)
        local name = nameOf(key)
        if it.kind == '0' then call('ZADD', 'hf1:rz', 0, name) end
        if due ~= it.due then
        if due == '0' then call('ZREM', 'hf1:rd', name) else call('ZADD', 'hf1:rd', due, name) end
        end
        it.promised, it.promiser, it.accepted, it.accepter = counter, proposer, counter, proposer
        it.kind, it.due = kind, due
        end
        if not isLearning then return '0' end
        for number, key in ipairs(KEYS) do
        local at = 5 * number - 2
        local counter, proposer = ARGV[at] + 0, ARGV[at + 1] + 0
        local it = parseRegister(call('GET', key))
        if isLess(it.accepted, it.accepter, counter, proposer) then
        take(it, key, counter, proposer, ARGV[at + 2], ARGV[at + 3])
        call('SET', key, header(it) .. ARGV[at + 4])
        end
        end
        if ARGV[2] + 0 > floor then
        floor = ARGV[2] + 0
        saveFloor()
        end
        return '1'
        """#
    static let list = #"""
        #!lua flags=allow-oom
        local call = redis.call
        local sub, match, format = string.sub, string.match, string.format
        local gate = call('GET', 'hf1:g')
        local time = call('TIME')
        local micros = time[1] * 1000000 + time[2]
        local now = (micros - micros % 1000) / 1000
        if not gate then return '!' end
        if sub(gate, 1, 24) ~= ARGV[1] then return '?' .. sub(gate, 1, 24) end
        local quiet, watched, reserved, floor, longest, before, period, newest = match(
        gate, '^(%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d+)$', 25)
        quiet, watched, reserved, floor = quiet + 0, watched + 0, reserved + 0, floor + 0
        longest, before, period, newest = longest + 0, before + 0, period + 0, newest + 0
        local isGateChanged = false
        local current = (now - now % 60000) / 60000
        if current > period then
        floor = math.max(floor, current == period + 1 and before or reserved)
        before, period, isGateChanged = reserved, current, true
        end
        local function saveGate()
        local calm = watched > now and 0 or (period + 1) * 60000
        if not isGateChanged and calm == quiet then return end
        call('SET', 'hf1:g', ARGV[1] .. format('%.0f %.0f %.0f %.0f %.0f %.0f %.0f %.0f',
        calm, watched, reserved, floor, longest, before, period, newest))
        end
        local pattern = 'hf1:l:' .. ARGV[2]:gsub('[%*%?%[%]\\]', '\\%0') .. '*'
        local page = call('SCAN', ARGV[3], 'MATCH', pattern, 'COUNT', ARGV[4])
        local reply = { page[1] }
        for _, key in ipairs(page[2]) do
        local kind = call('GETRANGE', key, 0, 0)
        if kind == 'h' or kind == 'H' then reply[#reply + 1] = sub(key, 7) end
        end
        saveGate()
        return reply
        """#
    static let listgrants = #"""
        #!lua flags=allow-oom
        local call = redis.call
        local sub, match, format = string.sub, string.match, string.format
        local gate = call('GET', 'hf1:g')
        local time = call('TIME')
        local micros = time[1] * 1000000 + time[2]
        local now = (micros - micros % 1000) / 1000
        local function text(number)
        return format('%.0f', number)
        end
        if not gate then return '!' end
        if sub(gate, 1, 24) ~= ARGV[1] then return '?' .. sub(gate, 1, 24) end
        local quiet, watched, reserved, floor, longest, before, period, newest = match(
        gate, '^(%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d+)$', 25)
        quiet, watched, reserved, floor = quiet + 0, watched + 0, reserved + 0, floor + 0
        longest, before, period, newest = longest + 0, before + 0, period + 0, newest + 0
        local isGateChanged = false
        local current = (now - now % 60000) / 60000
        if current > period then
        floor = math.max(floor, current == period + 1 and before or reserved)
        before, period, isGateChanged = reserved, current, true
        end
        local function saveGate()
        local calm = watched > now and 0 or (period + 1) * 60000
        if not isGateChanged and calm == quiet then return end
        call('SET', 'hf1:g', ARGV[1] .. format('%.0f %.0f %.0f %.0f %.0f %.0f %.0f %.0f',
        calm, watched, reserved, floor, longest, before, period, newest))
        end
        local lives, changedLives = {}, {}
        local function life(id)
        local found = lives[id]
        if found ~= nil then return found end
        local header = call('HGET', 'hf1:s:' .. id, '')
        if header then
        local deadline, born, digest, closed, score = match(
        header, '^(%d+) (%d+) (%d+) (%d) (%d+)$')
        found = {
        id = id, deadline = deadline + 0, born = born, digest = digest + 0, closed = closed,
        score = score + 0,
        }
        else
        found = false
        end
        lives[id] = found
        return found
        end
        local function living(id)
        local found = life(id)
        if found and found.deadline > now then return found end
        end
        local function header(it)
        return it.deadline .. ' ' .. it.born .. ' ' .. it.digest .. ' ' .. it.closed .. ' ' .. it.score
        end
        local function changeLife(it)
        if it.isChanged then return end
        it.isChanged = true
        changedLives[#changedLives + 1] = it
        end
        local function saveLives()
        for index = 1, #changedLives do
        local it = changedLives[index]
        if lives[it.id] == it then call('HSET', 'hf1:s:' .. it.id, '', header(it)) end
        end
        end
        local function index(id, key, primary, element)
        local it = life(id)
        if call('HSET', 'hf1:s:' .. id, primary .. sub(key, 7), element) == 1 then
        it.digest = (it.digest + element) % 70368744177664
        changeLife(it)
        end
        end
        local records, loaded, changedRecords = {}, {}, {}
        local function parseTail(it, source, place)
        local sequence, delay, ticket, claim, joined, holderSize, valueSize, mode, at = match(
        source, '^(%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d) ()', place)
        it.sequence, it.delay, it.ticket, it.claim, it.mode = sequence, delay + 0, ticket, claim, mode
        if it.born ~= '0' then
        it.session = sub(source, at, at + 15)
        at = at + 16
        end
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
        local function claimOf(grant, id)
        return grant.claims and grant.claims[id] or grant.claim
        end
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
        local function keepUntil(it)
        if #it.grants == 0 then return math.max(now + 120000, it.delay) end
        local latest = 0
        for _, grant in ipairs(it.grants) do
        if grant.session or grant.deadline == 0 then return end
        latest = math.max(latest, grant.deadline + math.max(120000, grant.delay))
        end
        return math.max(latest, now + 1)
        end
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
        if it.isThere and not it.isMarked and queueSize(it) > 0 then
        call('SET', it.key, recordText(it), 'KEEPTTL')
        end
        end
        end
        local function commit(reply)
        saveRecords()
        saveLives()
        saveGate()
        return reply
        end
        local function findPrimary(it, id)
        for place, grant in ipairs(it.grants) do
        if grant.primary == id then return grant, place end
        end
        end
        if not living(ARGV[2]) then return commit('n') end
        local page = call('HSCAN', 'hf1:s:' .. ARGV[2], ARGV[3], 'COUNT', 64)
        local reply = { page[1], text(now) }
        for number = 1, #page[2], 2 do
        local field = page[2][number]
        if field ~= '' then
        local grant = findPrimary(load('hf1:l:' .. sub(field, 17)), sub(field, 1, 16))
        if grant then
        reply[#reply + 1] = sub(field, 17)
        reply[#reply + 1] = grantText(grant)
        end
        end
        end
        return commit(reply)
        """#
    static let listregisters = #"""
        #!lua flags=no-writes
        local call = redis.call
        local sub, match, format = string.sub, string.match, string.format
        local state = call('MGET', 'hf1:g', 'hf1:rf', KEYS[1] or 'hf1:rf')
        if not state[1] then return '!' end
        if sub(state[1], 1, 24) ~= ARGV[1] then return '?' .. sub(state[1], 1, 24) end
        local mark, floor = match(state[2] or '0', '^(l?)(%d+)$')
        local isLearning = mark == 'l'
        floor = floor + 0
        if isLearning then return 'l' end
        local names = call('ZRANGEBYLEX', 'hf1:rz', ARGV[2], ARGV[3], 'LIMIT', 0, ARGV[4])
        return { #names == ARGV[4] + 0 and '1' or '0', unpack(names) }
        """#
    static let prepare = #"""
        #!lua
        local call = redis.call
        local sub, match, format = string.sub, string.match, string.format
        local function text(number)
        return format('%.0f', number)
        end
        local state = call('MGET', 'hf1:g', 'hf1:rf', KEYS[1] or 'hf1:rf')
        if not state[1] then return '!' end
        if sub(state[1], 1, 24) ~= ARGV[1] then return '?' .. sub(state[1], 1, 24) end
        local mark, floor = match(state[2] or '0', '^(l?)(%d+)$')
        local isLearning = mark == 'l'
        floor = floor + 0
        local function isLess(counter, proposer, other, otherProposer)
        return counter < other or counter == other and proposer < otherProposer
        end
        local function parseRegister(source)
        local it = { source = source }
        if not source then
        it.promised, it.promiser, it.accepted, it.accepter, it.kind, it.due, it.at = 0, 0, 0, 0, '0', '0', 1
        return it
        end
        local promised, promiser, accepted, accepter, kind, due, at = match(
        source, '^(%d+) (%d+) (%d+) (%d+) (%d) (%d+) ()')
        it.promised, it.promiser, it.accepted, it.accepter = promised + 0, promiser + 0, accepted + 0, accepter + 0
        it.kind, it.due, it.at = kind, due, at
        return it
        end
        local function header(it)
        return format(
        '%.0f %.0f %.0f %.0f %s %s ', it.promised, it.promiser, it.accepted, it.accepter, it.kind, it.due)
        end
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
        """#
    static let propose = #"""
        #!lua
        local call = redis.call
        local sub, match, format = string.sub, string.match, string.format
        local gate = call('GET', 'hf1:g')
        local time = call('TIME')
        local micros = time[1] * 1000000 + time[2]
        local now = (micros - micros % 1000) / 1000
        if not gate then return '!' end
        if sub(gate, 1, 24) ~= ARGV[1] then return '?' .. sub(gate, 1, 24) end
        local quiet, watched, reserved, floor, longest, before, period, newest = match(
        gate, '^(%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d+)$', 25)
        quiet, watched, reserved, floor = quiet + 0, watched + 0, reserved + 0, floor + 0
        longest, before, period, newest = longest + 0, before + 0, period + 0, newest + 0
        local isGateChanged = false
        local current = (now - now % 60000) / 60000
        if current > period then
        floor = math.max(floor, current == period + 1 and before or reserved)
        before, period, isGateChanged = reserved, current, true
        end
        local function saveGate()
        local calm = watched > now and 0 or (period + 1) * 60000
        if not isGateChanged and calm == quiet then return end
        call('SET', 'hf1:g', ARGV[1] .. format('%.0f %.0f %.0f %.0f %.0f %.0f %.0f %.0f',
        calm, watched, reserved, floor, longest, before, period, newest))
        end
        local function append(entry)
        local count = call('RPUSH', 'hf1:c', entry)
        if count > 131072 then
        call('LTRIM', 'hf1:c', -65536, -1)
        call('INCRBY', 'hf1:cn', count - 65536)
        end
        end
        local function log(key)
        if watched > now then append(sub(key, 7)) end
        end
        local lives, changedLives = {}, {}
        local function life(id)
        local found = lives[id]
        if found ~= nil then return found end
        local header = call('HGET', 'hf1:s:' .. id, '')
        if header then
        local deadline, born, digest, closed, score = match(
        header, '^(%d+) (%d+) (%d+) (%d) (%d+)$')
        found = {
        id = id, deadline = deadline + 0, born = born, digest = digest + 0, closed = closed,
        score = score + 0,
        }
        else
        found = false
        end
        lives[id] = found
        return found
        end
        local function header(it)
        return it.deadline .. ' ' .. it.born .. ' ' .. it.digest .. ' ' .. it.closed .. ' ' .. it.score
        end
        local function changeLife(it)
        if it.isChanged then return end
        it.isChanged = true
        changedLives[#changedLives + 1] = it
        end
        local function saveLives()
        for index = 1, #changedLives do
        local it = changedLives[index]
        if lives[it.id] == it then call('HSET', 'hf1:s:' .. it.id, '', header(it)) end
        end
        end
        local function index(id, key, primary, element)
        local it = life(id)
        if call('HSET', 'hf1:s:' .. id, primary .. sub(key, 7), element) == 1 then
        it.digest = (it.digest + element) % 70368744177664
        changeLife(it)
        end
        end
        local function unindex(grant, key)
        local it = life(grant.session)
        if not it or it.born ~= grant.born then return end
        local field = grant.primary .. sub(key, 7)
        local element = call('HGET', 'hf1:s:' .. it.id, field)
        if not element then return end
        call('HDEL', 'hf1:s:' .. it.id, field)
        it.digest = (it.digest - element) % 70368744177664
        changeLife(it)
        end
        local records, loaded, changedRecords = {}, {}, {}
        local function parseTail(it, source, place)
        local sequence, delay, ticket, claim, joined, holderSize, valueSize, mode, at = match(
        source, '^(%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d) ()', place)
        it.sequence, it.delay, it.ticket, it.claim, it.mode = sequence, delay + 0, ticket, claim, mode
        if it.born ~= '0' then
        it.session = sub(source, at, at + 15)
        at = at + 16
        end
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
        local function claimOf(grant, id)
        return grant.claims and grant.claims[id] or grant.claim
        end
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
        local function keepUntil(it)
        if #it.grants == 0 then return math.max(now + 120000, it.delay) end
        local latest = 0
        for _, grant in ipairs(it.grants) do
        if grant.session or grant.deadline == 0 then return end
        latest = math.max(latest, grant.deadline + math.max(120000, grant.delay))
        end
        return math.max(latest, now + 1)
        end
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
        if it.isThere and not it.isMarked and queueSize(it) > 0 then
        call('SET', it.key, recordText(it), 'KEEPTTL')
        end
        end
        end
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
        local function find(it, id)
        for place, grant in ipairs(it.grants) do
        if holds(grant, id) then return grant, place end
        end
        end
        local function remove(it, place)
        local grant = table.remove(it.grants, place)
        if grant.session then unindex(grant, it.key) end
        changeRecord(it)
        end
        local function endOf(grant)
        local ending = grant.deadline > 0 and grant.deadline or nil
        if grant.session then
        local it = life(grant.session)
        if not it or it.born ~= grant.born then
        it = life(grant.session .. grant.born)
        end
        if not it or it.closed == '1' then return 0 end
        ending = math.min(ending or it.deadline, it.deadline)
        end
        return ending
        end
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
        local it = prune(KEYS[1])
        local grant = find(it, ARGV[2])
        if not grant then return commit('0') end
        if ARGV[3] + 0 > grant.sequence + 0 then
        grant.source, grant.sequence, grant.value = nil, ARGV[3], ARGV[4]
        changeRecord(it)
        log(KEYS[1])
        end
        return commit('1')
        """#
    static let queue = #"""
        #!lua flags=allow-oom
        local call = redis.call
        local sub, match, format = string.sub, string.match, string.format
        local gate = call('GET', 'hf1:g')
        local time = call('TIME')
        local micros = time[1] * 1000000 + time[2]
        local now = (micros - micros % 1000) / 1000
        if not gate then return '!' end
        if sub(gate, 1, 24) ~= ARGV[1] then return '?' .. sub(gate, 1, 24) end
        local quiet, watched, reserved, floor, longest, before, period, newest = match(
        gate, '^(%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d+)$', 25)
        quiet, watched, reserved, floor = quiet + 0, watched + 0, reserved + 0, floor + 0
        longest, before, period, newest = longest + 0, before + 0, period + 0, newest + 0
        local isGateChanged = false
        local current = (now - now % 60000) / 60000
        if current > period then
        floor = math.max(floor, current == period + 1 and before or reserved)
        before, period, isGateChanged = reserved, current, true
        end
        local function saveGate()
        local calm = watched > now and 0 or (period + 1) * 60000
        if not isGateChanged and calm == quiet then return end
        call('SET', 'hf1:g', ARGV[1] .. format('%.0f %.0f %.0f %.0f %.0f %.0f %.0f %.0f',
        calm, watched, reserved, floor, longest, before, period, newest))
        end
        local lives, changedLives = {}, {}
        local function life(id)
        local found = lives[id]
        if found ~= nil then return found end
        local header = call('HGET', 'hf1:s:' .. id, '')
        if header then
        local deadline, born, digest, closed, score = match(
        header, '^(%d+) (%d+) (%d+) (%d) (%d+)$')
        found = {
        id = id, deadline = deadline + 0, born = born, digest = digest + 0, closed = closed,
        score = score + 0,
        }
        else
        found = false
        end
        lives[id] = found
        return found
        end
        local function living(id)
        local found = life(id)
        if found and found.deadline > now then return found end
        end
        local function header(it)
        return it.deadline .. ' ' .. it.born .. ' ' .. it.digest .. ' ' .. it.closed .. ' ' .. it.score
        end
        local function changeLife(it)
        if it.isChanged then return end
        it.isChanged = true
        changedLives[#changedLives + 1] = it
        end
        local function saveLives()
        for index = 1, #changedLives do
        local it = changedLives[index]
        if lives[it.id] == it then call('HSET', 'hf1:s:' .. it.id, '', header(it)) end
        end
        end
        local function index(id, key, primary, element)
        local it = life(id)
        if call('HSET', 'hf1:s:' .. id, primary .. sub(key, 7), element) == 1 then
        it.digest = (it.digest + element) % 70368744177664
        changeLife(it)
        end
        end
        local records, loaded, changedRecords = {}, {}, {}
        local function parseTail(it, source, place)
        local sequence, delay, ticket, claim, joined, holderSize, valueSize, mode, at = match(
        source, '^(%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d) ()', place)
        it.sequence, it.delay, it.ticket, it.claim, it.mode = sequence, delay + 0, ticket, claim, mode
        if it.born ~= '0' then
        it.session = sub(source, at, at + 15)
        at = at + 16
        end
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
        local function claimOf(grant, id)
        return grant.claims and grant.claims[id] or grant.claim
        end
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
        local function keepUntil(it)
        if #it.grants == 0 then return math.max(now + 120000, it.delay) end
        local latest = 0
        for _, grant in ipairs(it.grants) do
        if grant.session or grant.deadline == 0 then return end
        latest = math.max(latest, grant.deadline + math.max(120000, grant.delay))
        end
        return math.max(latest, now + 1)
        end
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
        if it.isThere and not it.isMarked and queueSize(it) > 0 then
        call('SET', it.key, recordText(it), 'KEEPTTL')
        end
        end
        end
        local function commit(reply)
        saveRecords()
        saveLives()
        saveGate()
        return reply
        end
        local servers = {}
        local function isServerAlive(server)
        if servers[server] == nil then
        local ending = call('GET', 'hf1:v:' .. server)
        servers[server] = ending and ending + 0 > now or false
        end
        return servers[server]
        end
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
        local it, reply, limit, first = load(KEYS[1]), {}, ARGV[2] + 0, 0
        while first < 4096 and #reply < limit do
        local found = waiters(it, first)
        for _, waiter in ipairs(found) do
        if #reply < limit and isAlive(waiter) then
        reply[#reply + 1] = waiter.id .. waiter.mode .. waiter.ticket .. ' ' .. waiter.server
        .. ' ' .. waiter.session
        end
        end
        if not found[1] then break end
        first = first + #found
        end
        return commit(reply)
        """#
    static let raise = #"""
        #!lua flags=allow-oom
        local call = redis.call
        local sub, match, format = string.sub, string.match, string.format
        local gate = call('GET', 'hf1:g')
        local time = call('TIME')
        local micros = time[1] * 1000000 + time[2]
        local now = (micros - micros % 1000) / 1000
        if not gate then return '!' end
        if sub(gate, 1, 24) ~= ARGV[1] then return '?' .. sub(gate, 1, 24) end
        local quiet, watched, reserved, floor, longest, before, period, newest = match(
        gate, '^(%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d+)$', 25)
        quiet, watched, reserved, floor = quiet + 0, watched + 0, reserved + 0, floor + 0
        longest, before, period, newest = longest + 0, before + 0, period + 0, newest + 0
        local isGateChanged = false
        local current = (now - now % 60000) / 60000
        if current > period then
        floor = math.max(floor, current == period + 1 and before or reserved)
        before, period, isGateChanged = reserved, current, true
        end
        local function cover(fence)
        if fence > reserved then reserved, isGateChanged = fence + 1000000, true end
        end
        local function saveGate()
        local calm = watched > now and 0 or (period + 1) * 60000
        if not isGateChanged and calm == quiet then return end
        call('SET', 'hf1:g', ARGV[1] .. format('%.0f %.0f %.0f %.0f %.0f %.0f %.0f %.0f',
        calm, watched, reserved, floor, longest, before, period, newest))
        end
        local function append(entry)
        local count = call('RPUSH', 'hf1:c', entry)
        if count > 131072 then
        call('LTRIM', 'hf1:c', -65536, -1)
        call('INCRBY', 'hf1:cn', count - 65536)
        end
        end
        local function log(key)
        if watched > now then append(sub(key, 7)) end
        end
        local lives, changedLives = {}, {}
        local function life(id)
        local found = lives[id]
        if found ~= nil then return found end
        local header = call('HGET', 'hf1:s:' .. id, '')
        if header then
        local deadline, born, digest, closed, score = match(
        header, '^(%d+) (%d+) (%d+) (%d) (%d+)$')
        found = {
        id = id, deadline = deadline + 0, born = born, digest = digest + 0, closed = closed,
        score = score + 0,
        }
        else
        found = false
        end
        lives[id] = found
        return found
        end
        local function header(it)
        return it.deadline .. ' ' .. it.born .. ' ' .. it.digest .. ' ' .. it.closed .. ' ' .. it.score
        end
        local function changeLife(it)
        if it.isChanged then return end
        it.isChanged = true
        changedLives[#changedLives + 1] = it
        end
        local function saveLives()
        for index = 1, #changedLives do
        local it = changedLives[index]
        if lives[it.id] == it then call('HSET', 'hf1:s:' .. it.id, '', header(it)) end
        end
        end
        local function index(id, key, primary, element)
        local it = life(id)
        if call('HSET', 'hf1:s:' .. id, primary .. sub(key, 7), element) == 1 then
        it.digest = (it.digest + element) % 70368744177664
        changeLife(it)
        end
        end
        local function unindex(grant, key)
        local it = life(grant.session)
        if not it or it.born ~= grant.born then return end
        local field = grant.primary .. sub(key, 7)
        local element = call('HGET', 'hf1:s:' .. it.id, field)
        if not element then return end
        call('HDEL', 'hf1:s:' .. it.id, field)
        it.digest = (it.digest - element) % 70368744177664
        changeLife(it)
        end
        local records, loaded, changedRecords = {}, {}, {}
        local function parseTail(it, source, place)
        local sequence, delay, ticket, claim, joined, holderSize, valueSize, mode, at = match(
        source, '^(%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d) ()', place)
        it.sequence, it.delay, it.ticket, it.claim, it.mode = sequence, delay + 0, ticket, claim, mode
        if it.born ~= '0' then
        it.session = sub(source, at, at + 15)
        at = at + 16
        end
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
        local function claimOf(grant, id)
        return grant.claims and grant.claims[id] or grant.claim
        end
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
        local function keepUntil(it)
        if #it.grants == 0 then return math.max(now + 120000, it.delay) end
        local latest = 0
        for _, grant in ipairs(it.grants) do
        if grant.session or grant.deadline == 0 then return end
        latest = math.max(latest, grant.deadline + math.max(120000, grant.delay))
        end
        return math.max(latest, now + 1)
        end
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
        if it.isThere and not it.isMarked and queueSize(it) > 0 then
        call('SET', it.key, recordText(it), 'KEEPTTL')
        end
        end
        end
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
        local function find(it, id)
        for place, grant in ipairs(it.grants) do
        if holds(grant, id) then return grant, place end
        end
        end
        local function raiseCounter(it, fence)
        if fence + 0 > it.counter + 0 then it.counter = fence end
        end
        local function remove(it, place)
        local grant = table.remove(it.grants, place)
        if grant.session then unindex(grant, it.key) end
        changeRecord(it)
        end
        local function endOf(grant)
        local ending = grant.deadline > 0 and grant.deadline or nil
        if grant.session then
        local it = life(grant.session)
        if not it or it.born ~= grant.born then
        it = life(grant.session .. grant.born)
        end
        if not it or it.closed == '1' then return 0 end
        ending = math.min(ending or it.deadline, it.deadline)
        end
        return ending
        end
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
        local fence = ARGV[3]
        if fence + 0 > 9007199254740992 then return { err = 'HOLDFAST fence out of range' } end
        local isHeld = true
        for _, key in ipairs(KEYS) do
        if not find(prune(key), ARGV[2]) then isHeld = false end
        end
        if not isHeld then return commit('0') end
        for _, key in ipairs(KEYS) do
        local it = load(key)
        local grant = find(it, ARGV[2])
        grant.source, grant.fence = nil, fence
        raiseCounter(it, fence)
        changeRecord(it)
        end
        cover(fence + 0)
        return commit('1')
        """#
    static let raiseepoch = #"""
        #!lua flags=allow-oom
        local call = redis.call
        local sub, match, format = string.sub, string.match, string.format
        local function epoch(identity)
        local number = 0
        for place = 9, 16 do number = number * 256 + identity:byte(place) end
        return number
        end
        local function gateText(gate)
        local digit = call('DBSIZE') == (gate and 1 or 0) and 1 or 0
        if gate and call('GETRANGE', 'hf1:rf', 0, 0) == 'l' then digit = digit + 2 end
        return digit .. (gate or '')
        end
        local gate = call('GET', 'hf1:g')
        if not gate then return '!' end
        local present = sub(gate, 1, 24)
        if present ~= ARGV[1] or epoch(ARGV[2]) <= epoch(present) then return '?' .. present end
        gate = ARGV[2] .. sub(gate, 25)
        call('SET', 'hf1:g', gate)
        return gateText(gate)
        """#
    static let read = #"""
        #!lua flags=allow-oom
        local call = redis.call
        local sub, match, format = string.sub, string.match, string.format
        local gate = call('GET', 'hf1:g')
        local time = call('TIME')
        local micros = time[1] * 1000000 + time[2]
        local now = (micros - micros % 1000) / 1000
        local function text(number)
        return format('%.0f', number)
        end
        if not gate then return '!' end
        if sub(gate, 1, 24) ~= ARGV[1] then return '?' .. sub(gate, 1, 24) end
        local quiet, watched, reserved, floor, longest, before, period, newest = match(
        gate, '^(%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d+)$', 25)
        quiet, watched, reserved, floor = quiet + 0, watched + 0, reserved + 0, floor + 0
        longest, before, period, newest = longest + 0, before + 0, period + 0, newest + 0
        local isGateChanged = false
        local current = (now - now % 60000) / 60000
        if current > period then
        floor = math.max(floor, current == period + 1 and before or reserved)
        before, period, isGateChanged = reserved, current, true
        end
        local function saveGate()
        local calm = watched > now and 0 or (period + 1) * 60000
        if not isGateChanged and calm == quiet then return end
        call('SET', 'hf1:g', ARGV[1] .. format('%.0f %.0f %.0f %.0f %.0f %.0f %.0f %.0f',
        calm, watched, reserved, floor, longest, before, period, newest))
        end
        local function append(entry)
        local count = call('RPUSH', 'hf1:c', entry)
        if count > 131072 then
        call('LTRIM', 'hf1:c', -65536, -1)
        call('INCRBY', 'hf1:cn', count - 65536)
        end
        end
        local function log(key)
        if watched > now then append(sub(key, 7)) end
        end
        local lives, changedLives = {}, {}
        local function life(id)
        local found = lives[id]
        if found ~= nil then return found end
        local header = call('HGET', 'hf1:s:' .. id, '')
        if header then
        local deadline, born, digest, closed, score = match(
        header, '^(%d+) (%d+) (%d+) (%d) (%d+)$')
        found = {
        id = id, deadline = deadline + 0, born = born, digest = digest + 0, closed = closed,
        score = score + 0,
        }
        else
        found = false
        end
        lives[id] = found
        return found
        end
        local function header(it)
        return it.deadline .. ' ' .. it.born .. ' ' .. it.digest .. ' ' .. it.closed .. ' ' .. it.score
        end
        local function changeLife(it)
        if it.isChanged then return end
        it.isChanged = true
        changedLives[#changedLives + 1] = it
        end
        local function saveLives()
        for index = 1, #changedLives do
        local it = changedLives[index]
        if lives[it.id] == it then call('HSET', 'hf1:s:' .. it.id, '', header(it)) end
        end
        end
        local function index(id, key, primary, element)
        local it = life(id)
        if call('HSET', 'hf1:s:' .. id, primary .. sub(key, 7), element) == 1 then
        it.digest = (it.digest + element) % 70368744177664
        changeLife(it)
        end
        end
        local function unindex(grant, key)
        local it = life(grant.session)
        if not it or it.born ~= grant.born then return end
        local field = grant.primary .. sub(key, 7)
        local element = call('HGET', 'hf1:s:' .. it.id, field)
        if not element then return end
        call('HDEL', 'hf1:s:' .. it.id, field)
        it.digest = (it.digest - element) % 70368744177664
        changeLife(it)
        end
        local records, loaded, changedRecords = {}, {}, {}
        local function parseTail(it, source, place)
        local sequence, delay, ticket, claim, joined, holderSize, valueSize, mode, at = match(
        source, '^(%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d) ()', place)
        it.sequence, it.delay, it.ticket, it.claim, it.mode = sequence, delay + 0, ticket, claim, mode
        if it.born ~= '0' then
        it.session = sub(source, at, at + 15)
        at = at + 16
        end
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
        local function claimOf(grant, id)
        return grant.claims and grant.claims[id] or grant.claim
        end
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
        local function keepUntil(it)
        if #it.grants == 0 then return math.max(now + 120000, it.delay) end
        local latest = 0
        for _, grant in ipairs(it.grants) do
        if grant.session or grant.deadline == 0 then return end
        latest = math.max(latest, grant.deadline + math.max(120000, grant.delay))
        end
        return math.max(latest, now + 1)
        end
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
        if it.isThere and not it.isMarked and queueSize(it) > 0 then
        call('SET', it.key, recordText(it), 'KEEPTTL')
        end
        end
        end
        local function commit(reply)
        saveRecords()
        saveLives()
        saveGate()
        return reply
        end
        local function remove(it, place)
        local grant = table.remove(it.grants, place)
        if grant.session then unindex(grant, it.key) end
        changeRecord(it)
        end
        local function endOf(grant)
        local ending = grant.deadline > 0 and grant.deadline or nil
        if grant.session then
        local it = life(grant.session)
        if not it or it.born ~= grant.born then
        it = life(grant.session .. grant.born)
        end
        if not it or it.closed == '1' then return 0 end
        ending = math.min(ending or it.deadline, it.deadline)
        end
        return ending
        end
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
        local reply = { text(now) }
        for _, key in ipairs(KEYS) do
        local it = prune(key)
        reply[#reply + 1] = sub(key, 7)
        reply[#reply + 1] = text(queueSize(it))
        reply[#reply + 1] = recordText(it)
        end
        return commit(reply)
        """#
    static let readgate = #"""
        #!lua flags=no-writes
        local call = redis.call
        local sub, match, format = string.sub, string.match, string.format
        local function gateText(gate)
        local digit = call('DBSIZE') == (gate and 1 or 0) and 1 or 0
        if gate and call('GETRANGE', 'hf1:rf', 0, 0) == 'l' then digit = digit + 2 end
        return digit .. (gate or '')
        end
        return gateText(call('GET', 'hf1:g'))
        """#
    static let readregister = #"""
        #!lua flags=no-writes
        local call = redis.call
        local sub, match, format = string.sub, string.match, string.format
        local state = call('MGET', 'hf1:g', 'hf1:rf', KEYS[1] or 'hf1:rf')
        if not state[1] then return '!' end
        if sub(state[1], 1, 24) ~= ARGV[1] then return '?' .. sub(state[1], 1, 24) end
        local mark, floor = match(state[2] or '0', '^(l?)(%d+)$')
        local isLearning = mark == 'l'
        floor = floor + 0
        if isLearning then return 'l' end
        return 'c' .. (state[3] or '')
        """#
    static let release = #"""
        #!lua flags=allow-oom
        local call = redis.call
        local sub, match, format = string.sub, string.match, string.format
        local id = ARGV[2]
        local found = call('MGET', 'hf1:g', unpack(KEYS))
        local gate = found[1]
        local time = call('TIME')
        local micros = time[1] * 1000000 + time[2]
        local now = (micros - micros % 1000) / 1000
        local claim = sub(ARGV[3], 3)
        if claim == '' then claim = nil end
        local function bury()
        call('SET', 'hf1:t:' .. id .. (claim and sub(claim, 1, -4) or ''), now + 30000, 'PX', '30000')
        end
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
        local function text(number)
        return format('%.0f', number)
        end
        if not gate then return '!' end
        if sub(gate, 1, 24) ~= ARGV[1] then return '?' .. sub(gate, 1, 24) end
        local quiet, watched, reserved, floor, longest, before, period, newest = match(
        gate, '^(%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d+)$', 25)
        quiet, watched, reserved, floor = quiet + 0, watched + 0, reserved + 0, floor + 0
        longest, before, period, newest = longest + 0, before + 0, period + 0, newest + 0
        local isGateChanged = false
        local current = (now - now % 60000) / 60000
        if current > period then
        floor = math.max(floor, current == period + 1 and before or reserved)
        before, period, isGateChanged = reserved, current, true
        end
        local function cover(fence)
        if fence > reserved then reserved, isGateChanged = fence + 1000000, true end
        end
        local function remember(ttl)
        if ttl > longest then longest, isGateChanged = ttl, true end
        end
        local function saveGate()
        local calm = watched > now and 0 or (period + 1) * 60000
        if not isGateChanged and calm == quiet then return end
        call('SET', 'hf1:g', ARGV[1] .. format('%.0f %.0f %.0f %.0f %.0f %.0f %.0f %.0f',
        calm, watched, reserved, floor, longest, before, period, newest))
        end
        local function append(entry)
        local count = call('RPUSH', 'hf1:c', entry)
        if count > 131072 then
        call('LTRIM', 'hf1:c', -65536, -1)
        call('INCRBY', 'hf1:cn', count - 65536)
        end
        end
        local function log(key)
        if watched > now then append(sub(key, 7)) end
        end
        local lives, changedLives = {}, {}
        local function life(id)
        local found = lives[id]
        if found ~= nil then return found end
        local header = call('HGET', 'hf1:s:' .. id, '')
        if header then
        local deadline, born, digest, closed, score = match(
        header, '^(%d+) (%d+) (%d+) (%d) (%d+)$')
        found = {
        id = id, deadline = deadline + 0, born = born, digest = digest + 0, closed = closed,
        score = score + 0,
        }
        else
        found = false
        end
        lives[id] = found
        return found
        end
        local function living(id)
        local found = life(id)
        if found and found.deadline > now then return found end
        end
        local function header(it)
        return it.deadline .. ' ' .. it.born .. ' ' .. it.digest .. ' ' .. it.closed .. ' ' .. it.score
        end
        local function changeLife(it)
        if it.isChanged then return end
        it.isChanged = true
        changedLives[#changedLives + 1] = it
        end
        local function saveLives()
        for index = 1, #changedLives do
        local it = changedLives[index]
        if lives[it.id] == it then call('HSET', 'hf1:s:' .. it.id, '', header(it)) end
        end
        end
        local function index(id, key, primary, element)
        local it = life(id)
        if call('HSET', 'hf1:s:' .. id, primary .. sub(key, 7), element) == 1 then
        it.digest = (it.digest + element) % 70368744177664
        changeLife(it)
        end
        end
        local function unindex(grant, key)
        local it = life(grant.session)
        if not it or it.born ~= grant.born then return end
        local field = grant.primary .. sub(key, 7)
        local element = call('HGET', 'hf1:s:' .. it.id, field)
        if not element then return end
        call('HDEL', 'hf1:s:' .. it.id, field)
        it.digest = (it.digest - element) % 70368744177664
        changeLife(it)
        end
        local records, loaded, changedRecords = {}, {}, {}
        local function parseTail(it, source, place)
        local sequence, delay, ticket, claim, joined, holderSize, valueSize, mode, at = match(
        source, '^(%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d) ()', place)
        it.sequence, it.delay, it.ticket, it.claim, it.mode = sequence, delay + 0, ticket, claim, mode
        if it.born ~= '0' then
        it.session = sub(source, at, at + 15)
        at = at + 16
        end
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
        local function claimOf(grant, id)
        return grant.claims and grant.claims[id] or grant.claim
        end
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
        local function keepUntil(it)
        if #it.grants == 0 then return math.max(now + 120000, it.delay) end
        local latest = 0
        for _, grant in ipairs(it.grants) do
        if grant.session or grant.deadline == 0 then return end
        latest = math.max(latest, grant.deadline + math.max(120000, grant.delay))
        end
        return math.max(latest, now + 1)
        end
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
        if it.isThere and not it.isMarked and queueSize(it) > 0 then
        call('SET', it.key, recordText(it), 'KEEPTTL')
        end
        end
        end
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
        local function remove(it, place)
        local grant = table.remove(it.grants, place)
        if grant.session then unindex(grant, it.key) end
        changeRecord(it)
        end
        local function endOf(grant)
        local ending = grant.deadline > 0 and grant.deadline or nil
        if grant.session then
        local it = life(grant.session)
        if not it or it.born ~= grant.born then
        it = life(grant.session .. grant.born)
        end
        if not it or it.closed == '1' then return 0 end
        ending = math.min(ending or it.deadline, it.deadline)
        end
        return ending
        end
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
        for number, key in ipairs(KEYS) do
        if not records[key] then parse(key, found[number + 1]) end
        end
        local servers = {}
        local function isServerAlive(server)
        if servers[server] == nil then
        local ending = call('GET', 'hf1:v:' .. server)
        servers[server] = ending and ending + 0 > now or false
        end
        return servers[server]
        end
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
        local function changeQueue(it)
        it.size, it.page = nil, nil
        end
        local function covers(claim, other)
        return claim == other
        or other ~= '0' and sub(claim, 1, -4) == sub(other, 1, -4) and other + 0 < claim + 0
        end
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
        local function isBefore(one, other)
        for place = 1, 16 do
        local left, right = one:byte(place), other:byte(place)
        if left ~= right then return left < right end
        end
        return false
        end
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
        local function place(grant, keys, elements)
        cover(grant.fence + 0)
        for number, key in ipairs(keys) do
        local it, own = load(key), {}
        for field, value in pairs(grant) do own[field] = value end
        raiseCounter(it, grant.fence)
        it.grants[#it.grants + 1] = own
        it.delay = 0
        changeRecord(it)
        if grant.session then index(grant.session, key, grant.primary, elements[number]) end
        log(key)
        end
        end
        local function isBuried(id, claim)
        local found = call('MGET', 'hf1:t:' .. id, 'hf1:t:' .. id .. sub(claim, 1, -4))
        for number = 1, 2 do
        if found[number] and found[number] + 0 > now then return true end
        end
        return false
        end
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
        local function takeOver(step)
        for _, key in ipairs(step.keys) do
        local grant = find(load(key), step.id)
        if grant and step.claim + 0 > claimOf(grant, step.id) + 0 then
        grant.source = nil
        if grant.claims then grant.claims[step.id] = step.claim else grant.claim = step.claim end
        changeRecord(load(key))
        end
        if grant and not step.session and step.ttl > 0 and grant.deadline > 0
        and grant.deadline < now + step.ttl
        then
        grant.source, grant.deadline = nil, now + step.ttl
        changeRecord(load(key))
        end
        end
        if not step.session then remember(step.ttl) end
        end
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
        local count, nextCount, againCount = #KEYS, 0, 0
        if ARGV[4] then count, nextCount, againCount = ARGV[4] + 0, ARGV[5] + 0, ARGV[6] + 0 end
        local again
        if againCount > 0 then
        local at = 7
        if nextCount > 0 then at = 15 + (ARGV[14] ~= '' and nextCount or 0) end
        again = readStep(at, count + nextCount + 1, againCount)
        end
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
        """#
    static let renew = #"""
        #!lua flags=allow-oom
        local call = redis.call
        local sub, match, format = string.sub, string.match, string.format
        local gate = call('GET', 'hf1:g')
        local time = call('TIME')
        local micros = time[1] * 1000000 + time[2]
        local now = (micros - micros % 1000) / 1000
        if not gate then return '!' end
        if sub(gate, 1, 24) ~= ARGV[1] then return '?' .. sub(gate, 1, 24) end
        local quiet, watched, reserved, floor, longest, before, period, newest = match(
        gate, '^(%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d+)$', 25)
        quiet, watched, reserved, floor = quiet + 0, watched + 0, reserved + 0, floor + 0
        longest, before, period, newest = longest + 0, before + 0, period + 0, newest + 0
        local isGateChanged = false
        local current = (now - now % 60000) / 60000
        if current > period then
        floor = math.max(floor, current == period + 1 and before or reserved)
        before, period, isGateChanged = reserved, current, true
        end
        local function cover(fence)
        if fence > reserved then reserved, isGateChanged = fence + 1000000, true end
        end
        local function remember(ttl)
        if ttl > longest then longest, isGateChanged = ttl, true end
        end
        local function saveGate()
        local calm = watched > now and 0 or (period + 1) * 60000
        if not isGateChanged and calm == quiet then return end
        call('SET', 'hf1:g', ARGV[1] .. format('%.0f %.0f %.0f %.0f %.0f %.0f %.0f %.0f',
        calm, watched, reserved, floor, longest, before, period, newest))
        end
        local function append(entry)
        local count = call('RPUSH', 'hf1:c', entry)
        if count > 131072 then
        call('LTRIM', 'hf1:c', -65536, -1)
        call('INCRBY', 'hf1:cn', count - 65536)
        end
        end
        local function log(key)
        if watched > now then append(sub(key, 7)) end
        end
        local lives, changedLives = {}, {}
        local function life(id)
        local found = lives[id]
        if found ~= nil then return found end
        local header = call('HGET', 'hf1:s:' .. id, '')
        if header then
        local deadline, born, digest, closed, score = match(
        header, '^(%d+) (%d+) (%d+) (%d) (%d+)$')
        found = {
        id = id, deadline = deadline + 0, born = born, digest = digest + 0, closed = closed,
        score = score + 0,
        }
        else
        found = false
        end
        lives[id] = found
        return found
        end
        local function living(id)
        local found = life(id)
        if found and found.deadline > now then return found end
        end
        local function header(it)
        return it.deadline .. ' ' .. it.born .. ' ' .. it.digest .. ' ' .. it.closed .. ' ' .. it.score
        end
        local function changeLife(it)
        if it.isChanged then return end
        it.isChanged = true
        changedLives[#changedLives + 1] = it
        end
        local function saveLives()
        for index = 1, #changedLives do
        local it = changedLives[index]
        if lives[it.id] == it then call('HSET', 'hf1:s:' .. it.id, '', header(it)) end
        end
        end
        local function index(id, key, primary, element)
        local it = life(id)
        if call('HSET', 'hf1:s:' .. id, primary .. sub(key, 7), element) == 1 then
        it.digest = (it.digest + element) % 70368744177664
        changeLife(it)
        end
        end
        local function invert(grant, key)
        local it = life(grant.session)
        if not it or it.born ~= grant.born then return end
        local field = grant.primary .. sub(key, 7)
        local element = call('HGET', 'hf1:s:' .. it.id, field)
        if not element then return end
        local other = 70368744177663 - element
        call('HSET', 'hf1:s:' .. it.id, field, other)
        it.digest = (it.digest - element + other) % 70368744177664
        changeLife(it)
        end
        local function unindex(grant, key)
        local it = life(grant.session)
        if not it or it.born ~= grant.born then return end
        local field = grant.primary .. sub(key, 7)
        local element = call('HGET', 'hf1:s:' .. it.id, field)
        if not element then return end
        call('HDEL', 'hf1:s:' .. it.id, field)
        it.digest = (it.digest - element) % 70368744177664
        changeLife(it)
        end
        local records, loaded, changedRecords = {}, {}, {}
        local function parseTail(it, source, place)
        local sequence, delay, ticket, claim, joined, holderSize, valueSize, mode, at = match(
        source, '^(%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d) ()', place)
        it.sequence, it.delay, it.ticket, it.claim, it.mode = sequence, delay + 0, ticket, claim, mode
        if it.born ~= '0' then
        it.session = sub(source, at, at + 15)
        at = at + 16
        end
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
        local function claimOf(grant, id)
        return grant.claims and grant.claims[id] or grant.claim
        end
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
        local function keepUntil(it)
        if #it.grants == 0 then return math.max(now + 120000, it.delay) end
        local latest = 0
        for _, grant in ipairs(it.grants) do
        if grant.session or grant.deadline == 0 then return end
        latest = math.max(latest, grant.deadline + math.max(120000, grant.delay))
        end
        return math.max(latest, now + 1)
        end
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
        if it.isThere and not it.isMarked and queueSize(it) > 0 then
        call('SET', it.key, recordText(it), 'KEEPTTL')
        end
        end
        end
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
        local function find(it, id)
        for place, grant in ipairs(it.grants) do
        if holds(grant, id) then return grant, place end
        end
        end
        local function raiseCounter(it, fence)
        if fence + 0 > it.counter + 0 then it.counter = fence end
        end
        local function remove(it, place)
        local grant = table.remove(it.grants, place)
        if grant.session then unindex(grant, it.key) end
        changeRecord(it)
        end
        local function endOf(grant)
        local ending = grant.deadline > 0 and grant.deadline or nil
        if grant.session then
        local it = life(grant.session)
        if not it or it.born ~= grant.born then
        it = life(grant.session .. grant.born)
        end
        if not it or it.closed == '1' then return 0 end
        ending = math.min(ending or it.deadline, it.deadline)
        end
        return ending
        end
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
        local servers = {}
        local function isServerAlive(server)
        if servers[server] == nil then
        local ending = call('GET', 'hf1:v:' .. server)
        servers[server] = ending and ending + 0 > now or false
        end
        return servers[server]
        end
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
        local function changeQueue(it)
        it.size, it.page = nil, nil
        end
        local function covers(claim, other)
        return claim == other
        or other ~= '0' and sub(claim, 1, -4) == sub(other, 1, -4) and other + 0 < claim + 0
        end
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
        local function setMode(key, grant, mode, fence)
        if grant.mode ~= mode and grant.session then invert(grant, key) end
        local it = load(key)
        grant.source, grant.mode, grant.fence = nil, mode, fence
        raiseCounter(it, fence)
        changeRecord(it)
        log(key)
        if mode == '2' then wake(key) end
        end
        local function place(grant, keys, elements)
        cover(grant.fence + 0)
        for number, key in ipairs(keys) do
        local it, own = load(key), {}
        for field, value in pairs(grant) do own[field] = value end
        raiseCounter(it, grant.fence)
        it.grants[#it.grants + 1] = own
        it.delay = 0
        changeRecord(it)
        if grant.session then index(grant.session, key, grant.primary, elements[number]) end
        log(key)
        end
        end
        local function isBuried(id, claim)
        local found = call('MGET', 'hf1:t:' .. id, 'hf1:t:' .. id .. sub(claim, 1, -4))
        for number = 1, 2 do
        if found[number] and found[number] + 0 > now then return true end
        end
        return false
        end
        local function heldOtherwise(keys, grant, fence)
        local found = {}
        for _, key in ipairs(keys) do
        local it = load(key)
        local present = find(it, grant.primary)
        if present and present.mode ~= grant.mode then
        if grant.mode == '2' then
        if fence + 0 >= present.fence + 0 then found[#found + 1] = key end
        elseif it.grants[2] or fence + 0 <= present.fence + 0 then
        return
        else
        found[#found + 1] = key
        end
        end
        end
        return found
        end
        local function seed(at, keys, session, elements)
        local id, ttl, fence = ARGV[at], ARGV[at + 1] + 0, ARGV[at + 2]
        if fence + 0 > 9007199254740992 then return false end
        local born = '0'
        if session then
        local it = living(session)
        if not it then return false end
        born = it.born
        end
        if isBuried(id, '0') then return false end
        local missing, missingElements = {}, {}
        for number, key in ipairs(keys) do
        if not find(prune(key), id) then
        missing[#missing + 1] = key
        missingElements[#missing] = elements[number]
        end
        end
        local grant = { primary = id, born = session and '1' or '0' }
        parseTail(grant, ARGV[at + 3], 1)
        local otherwise = heldOtherwise(keys, grant, fence)
        if not otherwise then return false end
        if not missing[1] and not otherwise[1] then return true end
        for _, key in ipairs(missing) do
        local others = load(key).grants
        if #others >= 1024 or (grant.mode == '1' and others[1]) then return false end
        for _, other in ipairs(others) do
        if other.mode == '1' then return false end
        end
        end
        grant.fence, grant.born, grant.session = fence, born, session
        grant.deadline = ttl == 0 and 0 or now + ttl
        place(grant, missing, missingElements)
        for _, key in ipairs(otherwise) do setMode(key, find(load(key), id), grant.mode, fence) end
        remember(ttl)
        for _, key in ipairs(missing) do leave(load(key), id) end
        return true
        end
        local count, seedCount = ARGV[4] + 0, ARGV[5] + 0
        local seedKeys = {}
        for number = 1, seedCount do seedKeys[number] = KEYS[count + number] end
        local isHeld = true
        for number = 1, count do
        if not find(prune(KEYS[number]), ARGV[2]) then isHeld = false end
        end
        if isHeld then
        if seedCount > 0 then seed(6, seedKeys, nil, {}) end
        local fence, mode = '0', '1'
        for number = 1, count do
        local it = load(KEYS[number])
        local grant = find(it, ARGV[2])
        grant.source, grant.deadline, fence = nil, now + ARGV[3], grant.fence
        if grant.mode == '2' then mode = '2' end
        changeRecord(it)
        end
        remember(ARGV[3] + 0)
        return commit(mode .. fence)
        end
        if seedCount > 0 and seed(6, seedKeys, nil, {}) then return commit('s') end
        return commit('l')
        """#
    static let seed = #"""
        #!lua
        local call = redis.call
        local sub, match, format = string.sub, string.match, string.format
        local gate = call('GET', 'hf1:g')
        local time = call('TIME')
        local micros = time[1] * 1000000 + time[2]
        local now = (micros - micros % 1000) / 1000
        if not gate then return '!' end
        if sub(gate, 1, 24) ~= ARGV[1] then return '?' .. sub(gate, 1, 24) end
        local quiet, watched, reserved, floor, longest, before, period, newest = match(
        gate, '^(%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d+)$', 25)
        quiet, watched, reserved, floor = quiet + 0, watched + 0, reserved + 0, floor + 0
        longest, before, period, newest = longest + 0, before + 0, period + 0, newest + 0
        local isGateChanged = false
        local current = (now - now % 60000) / 60000
        if current > period then
        floor = math.max(floor, current == period + 1 and before or reserved)
        before, period, isGateChanged = reserved, current, true
        end
        local function cover(fence)
        if fence > reserved then reserved, isGateChanged = fence + 1000000, true end
        end
        local function remember(ttl)
        if ttl > longest then longest, isGateChanged = ttl, true end
        end
        local function saveGate()
        local calm = watched > now and 0 or (period + 1) * 60000
        if not isGateChanged and calm == quiet then return end
        call('SET', 'hf1:g', ARGV[1] .. format('%.0f %.0f %.0f %.0f %.0f %.0f %.0f %.0f',
        calm, watched, reserved, floor, longest, before, period, newest))
        end
        local function append(entry)
        local count = call('RPUSH', 'hf1:c', entry)
        if count > 131072 then
        call('LTRIM', 'hf1:c', -65536, -1)
        call('INCRBY', 'hf1:cn', count - 65536)
        end
        end
        local function log(key)
        if watched > now then append(sub(key, 7)) end
        end
        local lives, changedLives = {}, {}
        local function life(id)
        local found = lives[id]
        if found ~= nil then return found end
        local header = call('HGET', 'hf1:s:' .. id, '')
        if header then
        local deadline, born, digest, closed, score = match(
        header, '^(%d+) (%d+) (%d+) (%d) (%d+)$')
        found = {
        id = id, deadline = deadline + 0, born = born, digest = digest + 0, closed = closed,
        score = score + 0,
        }
        else
        found = false
        end
        lives[id] = found
        return found
        end
        local function living(id)
        local found = life(id)
        if found and found.deadline > now then return found end
        end
        local function header(it)
        return it.deadline .. ' ' .. it.born .. ' ' .. it.digest .. ' ' .. it.closed .. ' ' .. it.score
        end
        local function changeLife(it)
        if it.isChanged then return end
        it.isChanged = true
        changedLives[#changedLives + 1] = it
        end
        local function saveLives()
        for index = 1, #changedLives do
        local it = changedLives[index]
        if lives[it.id] == it then call('HSET', 'hf1:s:' .. it.id, '', header(it)) end
        end
        end
        local function index(id, key, primary, element)
        local it = life(id)
        if call('HSET', 'hf1:s:' .. id, primary .. sub(key, 7), element) == 1 then
        it.digest = (it.digest + element) % 70368744177664
        changeLife(it)
        end
        end
        local function invert(grant, key)
        local it = life(grant.session)
        if not it or it.born ~= grant.born then return end
        local field = grant.primary .. sub(key, 7)
        local element = call('HGET', 'hf1:s:' .. it.id, field)
        if not element then return end
        local other = 70368744177663 - element
        call('HSET', 'hf1:s:' .. it.id, field, other)
        it.digest = (it.digest - element + other) % 70368744177664
        changeLife(it)
        end
        local function unindex(grant, key)
        local it = life(grant.session)
        if not it or it.born ~= grant.born then return end
        local field = grant.primary .. sub(key, 7)
        local element = call('HGET', 'hf1:s:' .. it.id, field)
        if not element then return end
        call('HDEL', 'hf1:s:' .. it.id, field)
        it.digest = (it.digest - element) % 70368744177664
        changeLife(it)
        end
        local records, loaded, changedRecords = {}, {}, {}
        local function parseTail(it, source, place)
        local sequence, delay, ticket, claim, joined, holderSize, valueSize, mode, at = match(
        source, '^(%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d) ()', place)
        it.sequence, it.delay, it.ticket, it.claim, it.mode = sequence, delay + 0, ticket, claim, mode
        if it.born ~= '0' then
        it.session = sub(source, at, at + 15)
        at = at + 16
        end
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
        local function claimOf(grant, id)
        return grant.claims and grant.claims[id] or grant.claim
        end
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
        local function keepUntil(it)
        if #it.grants == 0 then return math.max(now + 120000, it.delay) end
        local latest = 0
        for _, grant in ipairs(it.grants) do
        if grant.session or grant.deadline == 0 then return end
        latest = math.max(latest, grant.deadline + math.max(120000, grant.delay))
        end
        return math.max(latest, now + 1)
        end
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
        if it.isThere and not it.isMarked and queueSize(it) > 0 then
        call('SET', it.key, recordText(it), 'KEEPTTL')
        end
        end
        end
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
        local function find(it, id)
        for place, grant in ipairs(it.grants) do
        if holds(grant, id) then return grant, place end
        end
        end
        local function raiseCounter(it, fence)
        if fence + 0 > it.counter + 0 then it.counter = fence end
        end
        local function remove(it, place)
        local grant = table.remove(it.grants, place)
        if grant.session then unindex(grant, it.key) end
        changeRecord(it)
        end
        local function endOf(grant)
        local ending = grant.deadline > 0 and grant.deadline or nil
        if grant.session then
        local it = life(grant.session)
        if not it or it.born ~= grant.born then
        it = life(grant.session .. grant.born)
        end
        if not it or it.closed == '1' then return 0 end
        ending = math.min(ending or it.deadline, it.deadline)
        end
        return ending
        end
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
        local servers = {}
        local function isServerAlive(server)
        if servers[server] == nil then
        local ending = call('GET', 'hf1:v:' .. server)
        servers[server] = ending and ending + 0 > now or false
        end
        return servers[server]
        end
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
        local function changeQueue(it)
        it.size, it.page = nil, nil
        end
        local function covers(claim, other)
        return claim == other
        or other ~= '0' and sub(claim, 1, -4) == sub(other, 1, -4) and other + 0 < claim + 0
        end
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
        local function setMode(key, grant, mode, fence)
        if grant.mode ~= mode and grant.session then invert(grant, key) end
        local it = load(key)
        grant.source, grant.mode, grant.fence = nil, mode, fence
        raiseCounter(it, fence)
        changeRecord(it)
        log(key)
        if mode == '2' then wake(key) end
        end
        local function place(grant, keys, elements)
        cover(grant.fence + 0)
        for number, key in ipairs(keys) do
        local it, own = load(key), {}
        for field, value in pairs(grant) do own[field] = value end
        raiseCounter(it, grant.fence)
        it.grants[#it.grants + 1] = own
        it.delay = 0
        changeRecord(it)
        if grant.session then index(grant.session, key, grant.primary, elements[number]) end
        log(key)
        end
        end
        local function isBuried(id, claim)
        local found = call('MGET', 'hf1:t:' .. id, 'hf1:t:' .. id .. sub(claim, 1, -4))
        for number = 1, 2 do
        if found[number] and found[number] + 0 > now then return true end
        end
        return false
        end
        local function heldOtherwise(keys, grant, fence)
        local found = {}
        for _, key in ipairs(keys) do
        local it = load(key)
        local present = find(it, grant.primary)
        if present and present.mode ~= grant.mode then
        if grant.mode == '2' then
        if fence + 0 >= present.fence + 0 then found[#found + 1] = key end
        elseif it.grants[2] or fence + 0 <= present.fence + 0 then
        return
        else
        found[#found + 1] = key
        end
        end
        end
        return found
        end
        local function seed(at, keys, session, elements)
        local id, ttl, fence = ARGV[at], ARGV[at + 1] + 0, ARGV[at + 2]
        if fence + 0 > 9007199254740992 then return false end
        local born = '0'
        if session then
        local it = living(session)
        if not it then return false end
        born = it.born
        end
        if isBuried(id, '0') then return false end
        local missing, missingElements = {}, {}
        for number, key in ipairs(keys) do
        if not find(prune(key), id) then
        missing[#missing + 1] = key
        missingElements[#missing] = elements[number]
        end
        end
        local grant = { primary = id, born = session and '1' or '0' }
        parseTail(grant, ARGV[at + 3], 1)
        local otherwise = heldOtherwise(keys, grant, fence)
        if not otherwise then return false end
        if not missing[1] and not otherwise[1] then return true end
        for _, key in ipairs(missing) do
        local others = load(key).grants
        if #others >= 1024 or (grant.mode == '1' and others[1]) then return false end
        for _, other in ipairs(others) do
        if other.mode == '1' then return false end
        end
        end
        grant.fence, grant.born, grant.session = fence, born, session
        grant.deadline = ttl == 0 and 0 or now + ttl
        place(grant, missing, missingElements)
        for _, key in ipairs(otherwise) do setMode(key, find(load(key), id), grant.mode, fence) end
        remember(ttl)
        for _, key in ipairs(missing) do leave(load(key), id) end
        return true
        end
        local reply, at, first = '', 4, 1
        for _ = 1, ARGV[3] do
        local count, keys, elements = ARGV[at] + 0, {}, {}
        for number = 1, count do
        keys[number] = KEYS[first + number - 1]
        elements[number] = ARGV[at + 4 + number]
        end
        reply = reply .. (seed(at + 1, keys, ARGV[2], elements) and '1' or '0')
        at, first = at + 5 + count, first + count
        end
        return commit(reply)
        """#
    static let sweep = #"""
        #!lua flags=allow-oom
        local call = redis.call
        local sub, match, format = string.sub, string.match, string.format
        local gate = call('GET', 'hf1:g')
        local time = call('TIME')
        local micros = time[1] * 1000000 + time[2]
        local now = (micros - micros % 1000) / 1000
        if not gate then return '!' end
        if sub(gate, 1, 24) ~= ARGV[1] then return '?' .. sub(gate, 1, 24) end
        local quiet, watched, reserved, floor, longest, before, period, newest = match(
        gate, '^(%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d+)$', 25)
        quiet, watched, reserved, floor = quiet + 0, watched + 0, reserved + 0, floor + 0
        longest, before, period, newest = longest + 0, before + 0, period + 0, newest + 0
        local isGateChanged = false
        local current = (now - now % 60000) / 60000
        if current > period then
        floor = math.max(floor, current == period + 1 and before or reserved)
        before, period, isGateChanged = reserved, current, true
        end
        local function saveGate()
        local calm = watched > now and 0 or (period + 1) * 60000
        if not isGateChanged and calm == quiet then return end
        call('SET', 'hf1:g', ARGV[1] .. format('%.0f %.0f %.0f %.0f %.0f %.0f %.0f %.0f',
        calm, watched, reserved, floor, longest, before, period, newest))
        end
        local function append(entry)
        local count = call('RPUSH', 'hf1:c', entry)
        if count > 131072 then
        call('LTRIM', 'hf1:c', -65536, -1)
        call('INCRBY', 'hf1:cn', count - 65536)
        end
        end
        local function log(key)
        if watched > now then append(sub(key, 7)) end
        end
        local lives, changedLives = {}, {}
        local function life(id)
        local found = lives[id]
        if found ~= nil then return found end
        local header = call('HGET', 'hf1:s:' .. id, '')
        if header then
        local deadline, born, digest, closed, score = match(
        header, '^(%d+) (%d+) (%d+) (%d) (%d+)$')
        found = {
        id = id, deadline = deadline + 0, born = born, digest = digest + 0, closed = closed,
        score = score + 0,
        }
        else
        found = false
        end
        lives[id] = found
        return found
        end
        local function living(id)
        local found = life(id)
        if found and found.deadline > now then return found end
        end
        local function header(it)
        return it.deadline .. ' ' .. it.born .. ' ' .. it.digest .. ' ' .. it.closed .. ' ' .. it.score
        end
        local function changeLife(it)
        if it.isChanged then return end
        it.isChanged = true
        changedLives[#changedLives + 1] = it
        end
        local function saveLives()
        for index = 1, #changedLives do
        local it = changedLives[index]
        if lives[it.id] == it then call('HSET', 'hf1:s:' .. it.id, '', header(it)) end
        end
        end
        local function index(id, key, primary, element)
        local it = life(id)
        if call('HSET', 'hf1:s:' .. id, primary .. sub(key, 7), element) == 1 then
        it.digest = (it.digest + element) % 70368744177664
        changeLife(it)
        end
        end
        local function unindex(grant, key)
        local it = life(grant.session)
        if not it or it.born ~= grant.born then return end
        local field = grant.primary .. sub(key, 7)
        local element = call('HGET', 'hf1:s:' .. it.id, field)
        if not element then return end
        call('HDEL', 'hf1:s:' .. it.id, field)
        it.digest = (it.digest - element) % 70368744177664
        changeLife(it)
        end
        local records, loaded, changedRecords = {}, {}, {}
        local function parseTail(it, source, place)
        local sequence, delay, ticket, claim, joined, holderSize, valueSize, mode, at = match(
        source, '^(%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d) ()', place)
        it.sequence, it.delay, it.ticket, it.claim, it.mode = sequence, delay + 0, ticket, claim, mode
        if it.born ~= '0' then
        it.session = sub(source, at, at + 15)
        at = at + 16
        end
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
        local function claimOf(grant, id)
        return grant.claims and grant.claims[id] or grant.claim
        end
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
        local function keepUntil(it)
        if #it.grants == 0 then return math.max(now + 120000, it.delay) end
        local latest = 0
        for _, grant in ipairs(it.grants) do
        if grant.session or grant.deadline == 0 then return end
        latest = math.max(latest, grant.deadline + math.max(120000, grant.delay))
        end
        return math.max(latest, now + 1)
        end
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
        if it.isThere and not it.isMarked and queueSize(it) > 0 then
        call('SET', it.key, recordText(it), 'KEEPTTL')
        end
        end
        end
        local function commit(reply)
        saveRecords()
        saveLives()
        saveGate()
        return reply
        end
        local function findPrimary(it, id)
        for place, grant in ipairs(it.grants) do
        if grant.primary == id then return grant, place end
        end
        end
        local function remove(it, place)
        local grant = table.remove(it.grants, place)
        if grant.session then unindex(grant, it.key) end
        changeRecord(it)
        end
        local function endOf(grant)
        local ending = grant.deadline > 0 and grant.deadline or nil
        if grant.session then
        local it = life(grant.session)
        if not it or it.born ~= grant.born then
        it = life(grant.session .. grant.born)
        end
        if not it or it.closed == '1' then return 0 end
        ending = math.min(ending or it.deadline, it.deadline)
        end
        return ending
        end
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
        local servers = {}
        local function isServerAlive(server)
        if servers[server] == nil then
        local ending = call('GET', 'hf1:v:' .. server)
        servers[server] = ending and ending + 0 > now or false
        end
        return servers[server]
        end
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
        local function changeQueue(it)
        it.size, it.page = nil, nil
        end
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
        local limit, count = ARGV[2] + 0, 0
        local function sweepEntry(it, primary, name)
        local key = 'hf1:l:' .. name
        local record = load(key)
        local session = sub(it.id, 1, 16)
        local grant, at = findPrimary(record, primary)
        if grant and grant.session == session and grant.born == it.born then
        table.remove(record.grants, at)
        changeRecord(record)
        if grant.delay > 0 and it.closed == '0' then
        record.delay = math.max(record.delay, it.deadline + grant.delay)
        end
        log(key)
        end
        wake(key)
        end
        local function sweepLife(it)
        local key, cursor = 'hf1:s:' .. it.id, '0'
        repeat
        local page = call('HSCAN', key, cursor, 'COUNT', limit + 1)
        cursor = page[1]
        for number = 1, #page[2], 2 do
        local field = page[2][number]
        if field ~= '' and count < limit then
        count = count + 1
        call('HDEL', key, field)
        sweepEntry(it, sub(field, 1, 16), sub(field, 17))
        end
        end
        until cursor == '0' or count >= limit
        return call('HLEN', key) < 2
        end
        local due = call('ZRANGEBYSCORE', 'hf1:d', '-inf', now, 'LIMIT', 0, 256)
        local more = #due == 256
        for _, id in ipairs(due) do
        local it = life(id)
        if it and it.deadline > now and #id == 16 then
        it.score = it.deadline
        changeLife(it)
        call('ZADD', 'hf1:d', it.score, id)
        elseif not it or sweepLife(it) then
        call('ZREM', 'hf1:d', id)
        call('DEL', 'hf1:s:' .. id)
        lives[id] = false
        else
        more = true
        break
        end
        end
        return commit(count .. ' ' .. (more and 1 or 0))
        """#
}
