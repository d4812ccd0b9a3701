--@flags no-writes
--@include node
-- Answers whether there is no other data, and the gate.
--@include gatetext
return gateText(call('GET', 'hf1:g'))
