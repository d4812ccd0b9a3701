--@include modes
--@include grants
-- The locks that the node has for the grant in an earlier mode than `seed` says, or nil where it
-- cannot have them so. To become exclusive draws a fence; under the same one, shared is the later.
local function heldOtherwise(keys, grant, fence)
    local found = {}
    for _, key in ipairs(keys) do
        local it = load(key)
        local present = find(it, grant.primary)
        if present and present.mode ~= grant.mode then
            if grant.mode == '2' then
                if fence + 0 >= present.fence + 0 then found[#found + 1] = key end
            elseif it.grants[2] or fence + 0 <= present.fence + 0 then
                return
            else
                found[#found + 1] = key
            end
        end
    end
    return found
end

-- Puts a grant where it is not, if that takes nothing from anybody; whether it is here now. Its
-- words: the id, time to live, fence, tail.
local function seed(at, keys, session, elements)
    local id, ttl, fence = ARGV[at], ARGV[at + 1] + 0, ARGV[at + 2]
    if fence + 0 > 9007199254740992 then return false end
    local born = '0'
    if session then
        local it = living(session)
        if not it then return false end
        born = it.born
    end
    if isBuried(id, '0') then return false end
    local missing, missingElements = {}, {}
    for number, key in ipairs(keys) do
        if not find(prune(key), id) then
            missing[#missing + 1] = key
            missingElements[#missing] = elements[number]
        end
    end
    local grant = { primary = id, born = session and '1' or '0' }
    parseTail(grant, ARGV[at + 3], 1)
    local otherwise = heldOtherwise(keys, grant, fence)
    if not otherwise then return false end
    if not missing[1] and not otherwise[1] then return true end
    for _, key in ipairs(missing) do
        local others = load(key).grants
        if #others >= 1024 or (grant.mode == '1' and others[1]) then return false end
        for _, other in ipairs(others) do
            if other.mode == '1' then return false end
        end
    end
    grant.fence, grant.born, grant.session = fence, born, session
    grant.deadline = ttl == 0 and 0 or now + ttl
    place(grant, missing, missingElements)
    for _, key in ipairs(otherwise) do setMode(key, find(load(key), id), grant.mode, fence) end
    remember(ttl)
    for _, key in ipairs(missing) do leave(load(key), id) end
    return true
end
