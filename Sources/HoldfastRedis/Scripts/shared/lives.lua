-- Keeps a life that is over apart, with its grants, so that the session can have another while they
-- are swept.
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
