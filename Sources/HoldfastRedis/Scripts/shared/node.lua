-- The only place where a script meets Redis: a test puts another `call` here.
local call = redis.call
local sub, match, format = string.sub, string.match, string.format
