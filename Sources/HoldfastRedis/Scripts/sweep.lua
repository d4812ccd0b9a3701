--@flags allow-oom
--@include open
-- ARGV: identity, limit.
--@include member
--@include records
--@include queues
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

-- Takes away entries of a life, as many as are allowed; whether none is left.
local function sweepLife(it)
    local key, cursor = 'hf1:s:' .. it.id, '0'
    repeat
        local page = call('HSCAN', key, cursor, 'COUNT', limit + 1)
        cursor = page[1]
        for number = 1, #page[2], 2 do
            local field = page[2][number]
            if field ~= '' and count < limit then
                count = count + 1
                -- First, so that what is done about the lock finds it gone.
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
