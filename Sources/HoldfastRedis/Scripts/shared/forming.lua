-- A gate of this identity that knows of nothing below `floor`.
local function writeGate(identity, floor, longest, newest)
    local period = (now - now % 60000) / 60000
    call('SET', 'hf1:g', identity .. format('%.0f 0 %.0f %.0f %.0f %.0f %.0f %.0f',
        (period + 1) * 60000, floor, floor, longest, floor, period, newest))
end
