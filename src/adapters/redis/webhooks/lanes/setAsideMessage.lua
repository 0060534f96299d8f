-- Moves the first message of a lane, which is unreadable, to a list that an operator can look at, in one step. The next
-- message can be delivered then.
-- KEYS[1…6] and ARGV[1…4] as in lane.lua
-- KEYS[7] the broken messages, a list
-- ARGV[5] maximum length of the list; the oldest are dropped
-- Returns 1, or 0 if the lane is empty
-- include lane
-- include laneHead
local first = redis.call('ZRANGE', lane.pending, 0, 0, 'WITHSCORES')
if not first[1] then return 0 end
leaveLane(lane, first[2], '0')
redis.call('RPUSH', KEYS[7], first[1])
redis.call('LTRIM', KEYS[7], -tonumber(ARGV[5]), -1)
redis.call('PEXPIRE', KEYS[7], lane.keptMs)
return 1
