--@flags no-writes
--@include node
-- Answers whether there is no other data, and the gate.
local gate = call('GET', 'hf1:g')
local others = call('DBSIZE') - (gate and 1 or 0)
return (others == 0 and '1' or '0') .. (gate or '')
