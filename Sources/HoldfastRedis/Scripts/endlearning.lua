--@flags allow-oom
--@include register
-- ARGV: identity. Answers whether the node did learn.
if not isLearning then return '0' end
mark = ''
saveFloor()
return '1'
