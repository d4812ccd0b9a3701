--@flags allow-oom
--@include open
-- ARGV: identity, server, lease, how long changes are to be logged.
--@include member
call('SET', 'hf1:v:' .. ARGV[2], now + ARGV[3], 'PX', math.max(ARGV[3] + 0, 1))
if ARGV[4] ~= '0' and watched <= now then
    -- What changed while nobody watched is not in the log: nobody goes on from before.
    -- Nor do sequences come again where the node was emptied.
    local dropped = (call('GET', 'hf1:cn') or 0) + call('LLEN', 'hf1:c') + 1
    call('SET', 'hf1:cn', text(math.max(dropped, micros)))
    call('DEL', 'hf1:c')
end
if ARGV[4] ~= '0' and watched < now + ARGV[4] then
    watched, isGateChanged = now + ARGV[4], true
end
saveGate()
return text(micros)
