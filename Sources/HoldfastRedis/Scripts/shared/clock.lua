-- The node's clock, in microseconds and in milliseconds.
local time = call('TIME')
local micros = time[1] * 1000000 + time[2]
local now = (micros - micros % 1000) / 1000
