#!lua flags=allow-oom
-- A message was accepted: the next may go, and in the same step whoever holds the lane has it, or lets the lane go. Redis
-- (7 and newer) runs it when its memory is full, too: it gives memory back, and a message whose note is lost comes twice.
-- ARGV[5] its number           ARGV[6] 1 when no other follows in this call
-- ARGV[7] who holds the lane, '' when nothing else is asked for      ARGV[8] how long they hold it at most, in ms
-- ARGV[9] 1 when they go on with what is next
-- Returns 'busy', 'nothing', {'later', number, attempt, due at} or {'message', attempt, message}
-- include lane
-- include laneHead
leaveLane(lane, ARGV[5], ARGV[6])
if ARGV[7] == '' then return 'nothing' end
if redis.call('GET', lane.holder) ~= ARGV[7] then return 'busy' end
local head = laneHead(lane.pending, lane.state)
if head and ARGV[9] == '1' and head[3] <= lane.now then
  redis.call('PEXPIRE', lane.holder, ARGV[8])
  return {'message', head[2], head[4]}
end
redis.call('DEL', lane.holder)
if not head then return 'nothing' end
return {'later', head[1], head[2], head[3]}
