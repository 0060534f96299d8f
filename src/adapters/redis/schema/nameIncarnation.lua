-- Names the incarnation of the store, unless it has a name: processes notice by another name that data was lost.
-- KEYS[1] the name of the incarnation
-- ARGV[1] the name for a store without one
-- Returns the name that is stored
-- Read first: a Redis that takes no writes can say it, too
local name = redis.call('GET', KEYS[1])
if name then return name end
redis.call('SET', KEYS[1], ARGV[1])
return ARGV[1]
