--@flags allow-oom
--@include open
-- KEYS: the lock. ARGV: identity, limit. Answers the places in its queue that stand, the next first: each
-- an id, mode and ticket, server and session.
--@include member
--@include records
--@include queues
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
