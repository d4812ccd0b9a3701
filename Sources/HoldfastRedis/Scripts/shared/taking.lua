-- A register takes a value that is newer than its own, and the indexes follow.
local function take(it, key, counter, proposer, kind, due)
    local name = nameOf(key)
    if it.kind == '0' then call('ZADD', 'hf1:rz', 0, name) end
    if due ~= it.due then
        if due == '0' then call('ZREM', 'hf1:rd', name) else call('ZADD', 'hf1:rd', due, name) end
    end
    it.promised, it.promiser, it.accepted, it.accepter = counter, proposer, counter, proposer
    it.kind, it.due = kind, due
end
