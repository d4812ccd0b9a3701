-- Sessions: the header of each is read once and written at the end if it changed.
local lives, changedLives = {}, {}

-- The header of a life, by what follows `hf1:s:` in its key; false where there is none.
local function life(id)
    local found = lives[id]
    if found ~= nil then return found end
    local header = call('HGET', 'hf1:s:' .. id, '')
    if header then
        local deadline, born, digest, closed, score = match(
            header, '^(%d+) (%d+) (%d+) (%d) (%d+)$')
        found = {
            id = id, deadline = deadline + 0, born = born, digest = digest + 0, closed = closed,
            score = score + 0,
        }
    else
        found = false
    end
    lives[id] = found
    return found
end

-- The life of a session that goes on, or nil.
local function living(id)
    local found = life(id)
    if found and found.deadline > now then return found end
end

local function header(it)
    return it.deadline .. ' ' .. it.born .. ' ' .. it.digest .. ' ' .. it.closed .. ' ' .. it.score
end

local function changeLife(it)
    if it.isChanged then return end
    it.isChanged = true
    changedLives[#changedLives + 1] = it
end

local function saveLives()
    for index = 1, #changedLives do
        local it = changedLives[index]
        -- One that was swept away meanwhile must not come back: nobody would look for it.
        if lives[it.id] == it then call('HSET', 'hf1:s:' .. it.id, '', header(it)) end
    end
end

-- Puts a lock into the index of a session.
local function index(id, key, primary, element)
    local it = life(id)
    if call('HSET', 'hf1:s:' .. id, primary .. sub(key, 7), element) == 1 then
        it.digest = (it.digest + element) % 70368744177664
        changeLife(it)
    end
end

-- Puts its counterpart in the place of the number of a lock in the index of the session it was
-- granted in: shared and exclusive grants have different ones.
local function invert(grant, key)
    local it = life(grant.session)
    if not it or it.born ~= grant.born then return end
    local field = grant.primary .. sub(key, 7)
    local element = call('HGET', 'hf1:s:' .. it.id, field)
    if not element then return end
    local other = 70368744177663 - element
    call('HSET', 'hf1:s:' .. it.id, field, other)
    it.digest = (it.digest - element + other) % 70368744177664
    changeLife(it)
end

-- Takes a lock out of the index of the session it was granted in, where that goes on or is not
-- yet followed by another.
local function unindex(grant, key)
    local it = life(grant.session)
    if not it or it.born ~= grant.born then return end
    local field = grant.primary .. sub(key, 7)
    local element = call('HGET', 'hf1:s:' .. it.id, field)
    if not element then return end
    call('HDEL', 'hf1:s:' .. it.id, field)
    it.digest = (it.digest - element) % 70368744177664
    changeLife(it)
end
