-- Takes a lane and its next message for delivery. Only one process holds a lane at a time. If no message is next, the
-- lane is released in the same step, so that a message appended meanwhile is not overlooked.
-- KEYS[1…6] and ARGV[1…4] as in lane.lua
-- ARGV[5] the holder who asks
-- ARGV[6] time until the lane becomes free by itself, in ms
-- ARGV[7] number of the message whose job runs, '' for no job
-- ARGV[8] attempts of that message so far, '' for no job
-- Returns {'message', attempts so far, message}, which the holder delivers now;
--         {'later', number, attempts so far, due at in ms since 1970}; 'nothing'; 'busy' if another process holds the lane
-- include lane
-- include laneHead
local holder = redis.call('GET', lane.holder)
if holder and holder ~= ARGV[5] then return 'busy' end
local head = laneHead(lane.pending, lane.state)
if not head then
  if holder then redis.call('DEL', lane.holder) end
  redis.call('ZREM', lane.urgent, lane.id)
  if redis.call('EXISTS', lane.state) == 1 then
    redis.call('ZADD', lane.lanes, 'XX', time(lane.now + lane.keptMs), lane.id)
  else
    redis.call('ZREM', lane.lanes, lane.id)
  end
  return 'nothing'
end
-- Whoever was woken may be the first to hear of a lane that an older version has filled.
if ARGV[7] ~= '' then redis.call('ZADD', lane.lanes, 'LT', time(head[3] > 0 and head[3] or lane.now), lane.id) end
local isWoken = head[1] == tonumber(ARGV[7]) and head[2] == tonumber(ARGV[8])
if not isWoken and head[3] > lane.now then
  if holder then redis.call('DEL', lane.holder) end
  return {'later', head[1], head[2], head[3]}
end
redis.call('SET', lane.holder, ARGV[5], 'PX', ARGV[6])
return {'message', head[2], head[4]}
