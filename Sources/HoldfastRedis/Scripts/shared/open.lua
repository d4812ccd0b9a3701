--@include node
local gate = call('GET', 'hf1:g')
--@include clock
