-- Appends to the log of changes, which is only kept while somebody watches.
local function append(entry)
    local count = call('RPUSH', 'hf1:c', entry)
    if count > 131072 then
        call('LTRIM', 'hf1:c', -65536, -1)
        call('INCRBY', 'hf1:cn', count - 65536)
    end
end
