-- A failed attempt is counted, and the lane let go until the next is due.
-- ARGV[5] who holds it         ARGV[6] number of the message
-- ARGV[7] attempts so far      ARGV[8] when the next is due
-- Returns 'nothing' when it is done with or was tried by another, or {number, attempt, due at} of what is next
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
