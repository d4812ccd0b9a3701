--@flags allow-oom
--@include open
-- KEYS: the locks. ARGV: identity, grant, fence.
--@include member
--@include records
local fence = ARGV[3]
if fence + 0 > 9007199254740992 then return { err = 'HOLDFAST fence out of range' } end
local isHeld = true
for _, key in ipairs(KEYS) do
    if not find(prune(key), ARGV[2]) then isHeld = false end
end
if not isHeld then return commit('0') end
for _, key in ipairs(KEYS) do
    local it = load(key)
    local grant = find(it, ARGV[2])
    grant.source, grant.fence = nil, fence
    raiseCounter(it, fence)
    changeRecord(it)
end
cover(fence + 0)
return commit('1')
