--@include open
-- KEYS: the locks of all seeds. ARGV: identity, session, count of seeds; for each the count of its
-- locks, its four words, and the numbers of its locks.
--@include member
--@include records
--@include seeding
local reply, at, first = '', 4, 1
for _ = 1, ARGV[3] do
    local count, keys, elements = ARGV[at] + 0, {}, {}
    for number = 1, count do
        keys[number] = KEYS[first + number - 1]
        elements[number] = ARGV[at + 4 + number]
    end
    reply = reply .. (seed(at + 1, keys, ARGV[2], elements) and '1' or '0')
    at, first = at + 5 + count, first + count
end
return commit(reply)
