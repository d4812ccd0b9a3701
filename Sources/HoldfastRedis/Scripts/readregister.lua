--@flags no-writes
--@include register
-- KEYS: the register. ARGV: identity. Answers c and what is there.
if isLearning then return 'l' end
return 'c' .. (state[3] or '')
