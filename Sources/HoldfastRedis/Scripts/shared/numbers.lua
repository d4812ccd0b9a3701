-- A number as text, all its digits: Lua by itself writes fourteen.
local function text(number)
    return format('%.0f', number)
end
