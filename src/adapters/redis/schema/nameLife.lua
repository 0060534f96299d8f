-- The first to come names this life of Redis.
-- KEYS[1] the name of this life    ARGV[1] a name for one that has none
-- Returns the name
-- Read first: a Redis that takes no writes can say it, too
local name = redis.call('GET', KEYS[1])
if name then return name end
redis.call('SET', KEYS[1], ARGV[1])
return ARGV[1]
