-- Of what there is a digit: 1 for no data but the gate, 2 more while registers are learned; and the gate.
local function gateText(gate)
    local digit = call('DBSIZE') == (gate and 1 or 0) and 1 or 0
    if gate and call('GETRANGE', 'hf1:rf', 0, 0) == 'l' then digit = digit + 2 end
    return digit .. (gate or '')
end
