--@flags allow-oom
--@include open
-- ARGV: identity, server, lease, how long changes are to be logged.
--@include member
call('SET', 'hf1:v:' .. ARGV[2], now + ARGV[3], 'PX', math.max(ARGV[3] + 0, 1))
if ARGV[4] ~= '0' and watched < now + ARGV[4] then
    watched, isGateChanged = now + ARGV[4], true
end
saveGate()
return text(micros)
