--@include register
--@include taking
-- KEYS: registers. ARGV: identity, floor; of each, ballot, kind, when it is due, and bytes. Answers whether the node
-- learns.
if not isLearning then return '0' end
for number, key in ipairs(KEYS) do
    local at = 5 * number - 2
    local counter, proposer = ARGV[at] + 0, ARGV[at + 1] + 0
    local it = parseRegister(call('GET', key))
    if isLess(it.accepted, it.accepter, counter, proposer) then
        take(it, key, counter, proposer, ARGV[at + 2], ARGV[at + 3])
        call('SET', key, header(it) .. ARGV[at + 4])
    end
end
if ARGV[2] + 0 > floor then
    floor = ARGV[2] + 0
    saveFloor()
end
return '1'
