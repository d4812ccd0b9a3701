--@flags allow-oom
--@include open
-- KEYS: the locks, then those of the seed. ARGV: identity, grant, time to live, count of the locks
-- and of those of the seed; then the seed.
--@include member
--@include records
--@include seeding
local count, seedCount = ARGV[4] + 0, ARGV[5] + 0
local seedKeys = {}
for number = 1, seedCount do seedKeys[number] = KEYS[count + number] end
local isHeld = true
for number = 1, count do
    if not find(prune(KEYS[number]), ARGV[2]) then isHeld = false end
end
if isHeld then
    if seedCount > 0 then seed(6, seedKeys, nil, {}) end
    local fence, mode = '0', '1'
    for number = 1, count do
        local it = load(KEYS[number])
        local grant = find(it, ARGV[2])
        grant.source, grant.deadline, fence = nil, now + ARGV[3], grant.fence
        if grant.mode == '2' then mode = '2' end
        changeRecord(it)
    end
    remember(ARGV[3] + 0)
    return commit(mode .. fence)
end
if seedCount > 0 and seed(6, seedKeys, nil, {}) then return commit('s') end
return commit('l')
