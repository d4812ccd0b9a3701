--@include open
-- KEYS: the locks. ARGV: identity. Answers the time, then how many wait and the record of each.
--@include member
--@include records
local reply = { text(now) }
for _, key in ipairs(KEYS) do
    local it = prune(key)
    reply[#reply + 1] = text(queueSize(it))
    reply[#reply + 1] = recordText(it)
end
return commit(reply)
