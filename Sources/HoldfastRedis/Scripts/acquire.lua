--@include node
-- KEYS: the locks. ARGV: identity, then the step.
local id, first = ARGV[2], KEYS[1]
local found = call('MGET', 'hf1:g', 'hf1:t:' .. id, unpack(KEYS))
local gate = found[1]
--@include clock
-- The short way: one lock that nobody holds or waits for, and a gate that need not be changed.
if gate and not found[2] and not KEYS[2] and sub(gate, 1, 24) == ARGV[1] then
    local calm, reserved, floor, longest = match(gate, '^(%d+) %d+ (%d+) (%d+) (%d+)', 25)
    local counter, proposed = found[3], ARGV[4] + 0
    if counter then
        counter = match(counter, '^f(%d+) 0 $')
    elseif call('EXISTS', 'hf1:q:' .. sub(first, 7)) == 0 then
        counter = 0
    end
    if counter and proposed > counter + 0 and proposed > floor + 0 and proposed <= reserved + 0
        and ARGV[5] + 0 <= longest + 0 and now < calm + 0
    then
        local deadline = ARGV[5] == '0' and 0 or now + ARGV[5]
        local session = ARGV[8]
        local record = 'h' .. ARGV[4] .. ' 0 ' .. id .. ARGV[4] .. ' ' .. deadline .. ' '
        if session == '' then
            if deadline == 0 then
                call('SET', first, record .. '0 ' .. ARGV[7])
            else
                call('SET', first, record .. '0 ' .. ARGV[7], 'PX', ARGV[6])
            end
            return ARGV[4]
        end
        local header = call('HGET', 'hf1:s:' .. session, '')
        if not header then return 's' end
        local ending, born, digest, rest = match(header, '^(%d+) (%d+) (%d+)( .*)$')
        if ending + 0 <= now then return 's' end
        call('SET', first, record .. born .. ' ' .. ARGV[7])
        digest = (digest + ARGV[9]) % 70368744177664
        if call('HSET', 'hf1:s:' .. session, '', ending .. ' ' .. born .. ' ' .. digest .. rest,
            id .. sub(first, 7), ARGV[9]) == 0
        then
            call('HSET', 'hf1:s:' .. session, '', header)
        end
        return ARGV[4]
    end
end
--@include member
--@include records
for number, key in ipairs(KEYS) do parse(key, found[number + 2]) end
--@include acquiring
return commit(acquire(readStep(2, 1, #KEYS)))
