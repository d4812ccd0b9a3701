--@flags allow-oom
--@include open
-- ARGV: identity, prefix, cursor, limit. Answers the next cursor and the names of held locks.
--@include member
local pattern = 'hf1:l:' .. ARGV[2]:gsub('[%*%?%[%]\\]', '\\%0') .. '*'
local page = call('SCAN', ARGV[3], 'MATCH', pattern, 'COUNT', ARGV[4])
local reply = { page[1] }
for _, key in ipairs(page[2]) do
    local kind = call('GETRANGE', key, 0, 0)
    if kind == 'h' or kind == 'H' then reply[#reply + 1] = sub(key, 7) end
end
saveGate()
return reply
