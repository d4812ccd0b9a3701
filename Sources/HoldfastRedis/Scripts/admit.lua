--@include open
-- ARGV: identity, floor, longest time to live, the identity that was seen, whether to learn registers. Does nothing where another
-- server has admitted the node since it was seen. Deletes what the node held: it is older than its
-- absence, and others have the votes now.
--@include numbers
--@include forming
--@include epochs
if ARGV[2] + 0 > 9007199254740992 then return { err = 'HOLDFAST fence out of range' } end
local newest = 0
if gate then
    local present = sub(gate, 1, 24)
    if present == ARGV[1] then return text(micros) end
    if sub(present, 1, 8) ~= sub(ARGV[1], 1, 8) or epoch(present) >= epoch(ARGV[1])
        or present ~= ARGV[4]
    then
        return '?' .. present
    end
    newest = match(gate, ' (%d+)$')
end
-- A wrong address must not cost anybody's data.
for _, key in ipairs(call('SCAN', '0', 'COUNT', 100)[2]) do
    if sub(key, 1, 4) ~= 'hf1:' then
        return { err = 'HOLDFAST the database has keys of others' }
    end
end
call('FLUSHDB', 'ASYNC')
writeGate(ARGV[1], ARGV[2], ARGV[3], newest)
if ARGV[5] == '1' then call('SET', 'hf1:rf', 'l0') end
return text(micros)
