--@include queues
-- Gives a grant of a lock another mode, and its fence.
local function setMode(key, grant, mode, fence)
    if grant.mode ~= mode and grant.session then invert(grant, key) end
    local it = load(key)
    grant.source, grant.mode, grant.fence = nil, mode, fence
    raiseCounter(it, fence)
    changeRecord(it)
    log(key)
    if mode == '2' then wake(key) end
end
