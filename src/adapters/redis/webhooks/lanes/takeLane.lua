-- One at a time delivers what is next in a lane. Whoever finds nothing lets go in the same step, so that no message is overlooked.
-- ARGV[5] who asks             ARGV[6] how long they hold it at most, in ms
-- ARGV[7] number and ARGV[8] attempt that they were woken for, '' when nothing woke them
-- Returns 'busy', 'nothing', {'later', number, attempt, due at} or {'message', attempt, message}
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
