--@flags allow-oom
--@include open
-- ARGV: identity, session.
--@include member
--@include sessions
--@include lives
local it = life(ARGV[2])
if it then setAside(it, it.deadline > now and '1' or '0') end
saveGate()
return text(micros)
