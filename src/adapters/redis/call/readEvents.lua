-- Reads a page of the events of a call. Only the newest events are kept: the number of the newest gives the numbers of
-- the others, so the length and the page are read in one step.
-- KEYS[1] the events as JSON, a list, oldest first
-- ARGV[1] event number after which the page begins
-- ARGV[2] maximum number of events
-- Returns the events as JSON, oldest first
local newest = redis.call('LINDEX', KEYS[1], -1)
if not newest then return {} end
local count = redis.call('LLEN', KEYS[1])
local first = cjson.decode(newest).seq - count + 1
local from = math.max(0, tonumber(ARGV[1]) + 1 - first)
if from >= count then return {} end
return redis.call('LRANGE', KEYS[1], from, from + tonumber(ARGV[2]) - 1)
