-- The epoch of an identity, a number of eight bytes.
local function epoch(identity)
    local number = 0
    for place = 9, 16 do number = number * 256 + identity:byte(place) end
    return number
end
