-- Puts a grant into the records of `keys`; `elements` are their numbers in the session's digest.
local function place(grant, keys, elements)
    cover(grant.fence + 0)
    for number, key in ipairs(keys) do
        local it, own = load(key), {}
        for field, value in pairs(grant) do own[field] = value end
        raiseCounter(it, grant.fence)
        it.grants[#it.grants + 1] = own
        it.delay = 0
        changeRecord(it)
        if grant.session then index(grant.session, key, grant.primary, elements[number]) end
        log(key)
    end
end

-- Whether the grant was released, or what one claim asked for was taken back, by whichever of its tries;
-- '0' is no claim.
local function isBuried(id, claim)
    local found = call('MGET', 'hf1:t:' .. id, 'hf1:t:' .. id .. sub(claim, 1, -4))
    for number = 1, 2 do
        if found[number] and found[number] + 0 > now then return true end
    end
    return false
end
