--@include open
-- ARGV: identity.
--@include numbers
--@include forming
if gate then
    if sub(gate, 1, 24) ~= ARGV[1] then return '?' .. sub(gate, 1, 24) end
    return text(micros)
end
if call('DBSIZE') > 0 then return '!' end
writeGate(ARGV[1], 0, 0, 0)
return text(micros)
