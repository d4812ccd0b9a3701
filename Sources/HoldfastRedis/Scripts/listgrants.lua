--@flags allow-oom
--@include open
-- ARGV: identity, session, cursor. Answers the next cursor, the time, and names and grants.
--@include member
--@include records
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
