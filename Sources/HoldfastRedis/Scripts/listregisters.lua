--@flags no-writes
--@include register
-- ARGV: identity, where to begin and to end, limit. Answers whether there may be more, and the names.
if isLearning then return 'l' end
local names = call('ZRANGEBYLEX', 'hf1:rz', ARGV[2], ARGV[3], 'LIMIT', 0, ARGV[4])
return { #names == ARGV[4] + 0 and '1' or '0', unpack(names) }
