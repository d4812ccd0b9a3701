--@flags allow-oom
--@include open
-- KEYS: the locks. ARGV: identity, grant, mode, proposed fence.
--@include member
--@include records
--@include modes
local id, mode, proposed = ARGV[2], ARGV[3], ARGV[4] + 0

local function change()
    if mode == '1' and proposed > math.max(micros, reserved) + 500000 then
        return 'k' .. text(micros)
    end
    for _, key in ipairs(KEYS) do prune(key) end
    local fence = math.max(floor, proposed == 0 and 0 or proposed - 1)
    local primary, isAlready = id, true
    for number, key in ipairs(KEYS) do
        local it = load(key)
        local grant, at = find(it, id)
        if not grant then return 's' end
        local other = it.grants[at == 1 and 2 or 1]
        if mode == '1' and other then
            return 'h1' .. other.primary .. (number - 1) .. ' ' .. other.fence .. ' '
                .. other.ticket .. ' - 0 ' .. queueSize(it) .. ' ' .. other.value
        end
        if mode == '2' and proposed > 0 and grant.fence + 0 > proposed then return 's' end
        fence = math.max(fence, it.counter + 0)
        primary = grant.primary
        if grant.mode ~= mode then isAlready = false end
    end
    local granted = find(load(KEYS[1]), id).fence
    if not isAlready then
        if mode == '1' then granted = text(fence + 1) end
        cover(granted + 0)
        for _, key in ipairs(KEYS) do
            setMode(key, find(load(key), id), mode, granted)
        end
    end
    return 'g' .. primary .. granted
end

return commit(change())
