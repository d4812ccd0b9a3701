--@flags allow-oom
--@include open
-- KEYS: the locks. ARGV: identity. Answers the time, then the name of each, how many
-- wait and its record.
--@include member
--@include records
local reply = { text(now) }
for _, key in ipairs(KEYS) do
    local it = prune(key)
    reply[#reply + 1] = sub(key, 7)
    reply[#reply + 1] = text(queueSize(it))
    reply[#reply + 1] = recordText(it)
end
return commit(reply)
