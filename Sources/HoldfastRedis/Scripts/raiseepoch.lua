--@flags allow-oom
--@include node
-- ARGV: identity, the same in the new epoch. Answers whether there is no other data, and the gate.
--@include epochs
--@include gatetext
local gate = call('GET', 'hf1:g')
if not gate then return '!' end
local present = sub(gate, 1, 24)
if present ~= ARGV[1] or epoch(ARGV[2]) <= epoch(present) then return '?' .. present end
gate = ARGV[2] .. sub(gate, 25)
call('SET', 'hf1:g', gate)
return gateText(gate)
