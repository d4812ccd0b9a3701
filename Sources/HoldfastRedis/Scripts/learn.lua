--@include register
-- KEYS: registers. ARGV: identity, floor; of each, ballot, kind and bytes. Answers whether the node learns.
if not isLearning then return '0' end
for number, key in ipairs(KEYS) do
    local at = 4 * number - 1
    local counter, proposer = ARGV[at] + 0, ARGV[at + 1] + 0
    local it = parseRegister(call('GET', key))
    if isLess(it.accepted, it.accepter, counter, proposer) then
        if it.kind == '0' then call('ZADD', 'hf1:rz', 0, nameOf(key)) end
        it.promised, it.promiser, it.accepted, it.accepter = counter, proposer, counter, proposer
        it.kind = ARGV[at + 2]
        call('SET', key, header(it) .. ARGV[at + 3])
    end
end
if ARGV[2] + 0 > floor then
    floor = ARGV[2] + 0
    saveFloor()
end
return '1'
