--@flags allow-oom
--@include open
-- ARGV: identity, after, limit. Answers the first and the last sequence, and the names.
--@include member
saveGate()
local dropped = (call('GET', 'hf1:cn') or 0) + 0
local last, after = dropped + call('LLEN', 'hf1:c'), ARGV[2] + 0
if after >= last then return { text(dropped + 1), text(last) } end
local start, names = math.max(0, after - dropped), {}
if ARGV[3] ~= '0' then names = call('LRANGE', 'hf1:c', start, start + ARGV[3] - 1) end
return { text(dropped + 1), text(dropped + start + #names), unpack(names) }
