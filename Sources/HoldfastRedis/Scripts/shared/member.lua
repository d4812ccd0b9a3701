--@include numbers
-- Refuses where the gate is not the expected one, then brings it up to the clock. `quiet` is the
-- time until which a short script need not look at period and watch.
if not gate then return '!' end
if sub(gate, 1, 24) ~= ARGV[1] then return '?' .. sub(gate, 1, 24) end
local quiet, watched, reserved, floor, longest, before, period, newest = match(
    gate, '^(%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d+)$', 25)
quiet, watched, reserved, floor = quiet + 0, watched + 0, reserved + 0, floor + 0
longest, before, period, newest = longest + 0, before + 0, period + 0, newest + 0
local isGateChanged = false
local current = (now - now % 60000) / 60000
if current > period then
    floor = math.max(floor, current == period + 1 and before or reserved)
    before, period, isGateChanged = reserved, current, true
end

-- Makes sure that `fence` is covered.
local function cover(fence)
    if fence > reserved then reserved, isGateChanged = fence + 1000000, true end
end

-- Remembers the longest time to live.
local function remember(ttl)
    if ttl > longest then longest, isGateChanged = ttl, true end
end

local function saveGate()
    local calm = watched > now and 0 or (period + 1) * 60000
    if not isGateChanged and calm == quiet then return end
    call('SET', 'hf1:g', ARGV[1] .. format('%.0f %.0f %.0f %.0f %.0f %.0f %.0f %.0f',
        calm, watched, reserved, floor, longest, before, period, newest))
end

--@include changelog
-- A lock has changed.
local function log(key)
    if watched > now then append(sub(key, 7)) end
end
