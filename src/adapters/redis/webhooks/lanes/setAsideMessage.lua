-- Takes the first message of a lane out of it, since nobody can read it, and keeps it for people to look at.
-- KEYS[7] list of broken messages
-- ARGV[5] how many of them are kept
-- Returns how many left the lane
-- include lane
-- include laneHead
local first = redis.call('ZRANGE', lane.pending, 0, 0, 'WITHSCORES')
if not first[1] then return 0 end
leaveLane(lane, first[2], '0')
redis.call('RPUSH', KEYS[7], first[1])
redis.call('LTRIM', KEYS[7], -tonumber(ARGV[5]), -1)
redis.call('PEXPIRE', KEYS[7], lane.keptMs)
return 1
