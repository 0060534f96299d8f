-- Stores a failed attempt and releases the lane until the next attempt is due, in one step.
-- KEYS[1…6] and ARGV[1…4] as in lane.lua
-- ARGV[5] holder of the lane
-- ARGV[6] number of the message
-- ARGV[7] attempts so far
-- ARGV[8] when the next attempt is due, in ms since 1970
-- Returns {number, attempts so far, due at in ms since 1970} of the next message,
--         or 'nothing' if there is none or another process holds the lane
-- include lane
-- include laneHead
local holder = redis.call('GET', lane.holder)
if holder and holder ~= ARGV[5] then return 'nothing' end
redis.call('DEL', lane.holder)
if redis.call('ZCOUNT', lane.pending, ARGV[6], ARGV[6]) == 0 then return due(laneHead(lane.pending, lane.state)) end
redis.call('HSET', lane.state, 'seq', ARGV[6], 'attempt', ARGV[7], 'dueAt', ARGV[8])
redis.call('PEXPIRE', lane.pending, lane.keptMs)
redis.call('PEXPIRE', lane.state, lane.keptMs)
redis.call('ZADD', lane.lanes, ARGV[8], lane.id)
redis.call('PEXPIRE', lane.lanes, 2 * lane.keptMs)
redis.call('ZADD', lane.urgent, 'XX', ARGV[8], lane.id)
return due(laneHead(lane.pending, lane.state))
