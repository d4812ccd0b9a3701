--@flags no-writes
--@include register
-- ARGV: identity, where to begin, limit. Answers the floor, whether there may be more, and each name with what is there.
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
