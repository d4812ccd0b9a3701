--@flags no-writes
--@include register
-- ARGV: identity, a time, limit. Answers the names of registers that are due before it, by this node's clock too.
if isLearning then return 'l' end
local names = call('ZRANGEBYSCORE', 'hf1:rd', '-inf', math.min(ARGV[2] + 0, milliseconds()), 'LIMIT', 0, ARGV[3])
return { '0', unpack(names) }
