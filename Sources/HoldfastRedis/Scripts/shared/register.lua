-- Registers: `promised` and `accepted`, a counter and a proposer each, what kind of value there is (0 none,
-- 1 one, 2 a dead one), when it is due to be tidied (0 never), and its bytes. What is kept for ever asks the
-- gate, and no clock.
--@include node
--@include numbers
local state = call('MGET', 'hf1:g', 'hf1:rf', KEYS[1] or 'hf1:rf')
if not state[1] then return '!' end
if sub(state[1], 1, 24) ~= ARGV[1] then return '?' .. sub(state[1], 1, 24) end
local mark, floor = match(state[2] or '0', '^(l?)(%d+)$')
local isLearning = mark == 'l'
floor = floor + 0

local function saveFloor()
    if mark == '' and floor == 0 then
        call('DEL', 'hf1:rf')
    else
        call('SET', 'hf1:rf', mark .. text(floor))
    end
end

-- A ballot before another.
local function isLess(counter, proposer, other, otherProposer)
    return counter < other or counter == other and proposer < otherProposer
end

local function parseRegister(source)
    local it = { source = source }
    if not source then
        it.promised, it.promiser, it.accepted, it.accepter, it.kind, it.due, it.at = 0, 0, 0, 0, '0', '0', 1
        return it
    end
    local promised, promiser, accepted, accepter, kind, due, at = match(
        source, '^(%d+) (%d+) (%d+) (%d+) (%d) (%d+) ()')
    it.promised, it.promiser, it.accepted, it.accepter = promised + 0, promiser + 0, accepted + 0, accepter + 0
    it.kind, it.due, it.at = kind, due, at
    return it
end

local function header(it)
    return format(
        '%.0f %.0f %.0f %.0f %s %s ', it.promised, it.promiser, it.accepted, it.accepter, it.kind, it.due)
end

-- The node's clock, where it is needed.
local function milliseconds()
    local time = call('TIME')
    return time[1] * 1000 + math.floor(time[2] / 1000)
end

local function nameOf(key)
    return sub(key, 7)
end
