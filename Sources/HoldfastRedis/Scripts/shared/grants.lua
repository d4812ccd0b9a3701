-- Puts a grant into the records of `keys`; `elements` are their numbers in the session's digest.
local function place(grant, keys, elements)
    cover(grant.fence + 0)
    for number, key in ipairs(keys) do
        local it, own = load(key), {}
        for field, value in pairs(grant) do own[field] = value end
        own.joined = { grant.primary }
        raiseCounter(it, grant.fence)
        it.grants[#it.grants + 1] = own
        it.delay = 0
        changeRecord(it)
        if grant.session then index(grant.session, key, grant.primary, elements[number]) end
        log(key)
    end
end

local function isBuried(id)
    local ending = call('GET', 'hf1:t:' .. id)
    return ending and ending + 0 > now
end
