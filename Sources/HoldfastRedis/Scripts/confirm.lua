--@flags allow-oom
--@include open
-- ARGV: identity, the same with the marker of the node's new life.
--@include numbers
if not gate then return '!' end
if sub(gate, 1, 24) ~= ARGV[1] then return '?' .. sub(gate, 1, 24) end
call('SET', 'hf1:g', ARGV[2] .. sub(gate, 25))
return text(micros)
