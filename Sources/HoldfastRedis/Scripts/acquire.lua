--@include node
-- KEYS: the locks. ARGV: identity, then the step.
local id, first = ARGV[2], KEYS[1]
local found = call('MGET', 'hf1:g', 'hf1:t:' .. id, 'hf1:t:' .. id .. sub(ARGV[3], 1, -4), unpack(KEYS))
local gate = found[1]
--@include clock
-- The short way: one lock that nobody holds or waits for, and a gate that need not be changed.
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
--@include member
--@include records
for number, key in ipairs(KEYS) do parse(key, found[number + 3]) end
--@include acquiring
return commit(acquire(readStep(2, 1, #KEYS)))
