#!lua flags=allow-oom
-- Removes a message that the receiver accepted, and gives the holder of the lane the next message or releases the lane,
-- in one step: no other process can deliver in between.
-- Allowed when memory is full (Redis 7 and newer): it frees memory, and a message whose acceptance is lost is sent
-- twice.
-- KEYS[1…6] and ARGV[1…4] as in lane.lua
-- ARGV[5] number of the message
-- ARGV[6] '1' if it is the last message of the call, else '0'
-- ARGV[7] holder of the lane, '' if only the message is removed
-- ARGV[8] time until the lane becomes free by itself, in ms
-- ARGV[9] '1' if the holder can continue with the next message
-- Returns {'message', attempts so far, message} of the next one, which the holder delivers now;
--         {'later', number, attempts so far, due at in ms since 1970} if it is not due or not wanted; 'nothing';
--         'busy' if another process holds the lane
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
