-- A page of the events of a call. The oldest may have been dropped: the newest tells its number, and so the others theirs.
-- KEYS[1] events, oldest first    ARGV[1] the number behind which the page begins    ARGV[2] how many, at most
local newest = redis.call('LINDEX', KEYS[1], -1)
if not newest then return {} end
local count = redis.call('LLEN', KEYS[1])
local first = cjson.decode(newest).seq - count + 1
local from = math.max(0, tonumber(ARGV[1]) + 1 - first)
if from >= count then return {} end
return redis.call('LRANGE', KEYS[1], from, from + tonumber(ARGV[2]) - 1)
