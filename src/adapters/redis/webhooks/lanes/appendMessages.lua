-- Adds messages to a lane. Each is added once, however often it is appended: numbers up to the cursor are done with.
-- KEYS[1…6] and ARGV[1…4] as in lane.lua
-- ARGV[5] number after which a new lane begins, '' if no lane is to be created
-- ARGV[6…] for each message, by number: its number, '1' if devices ring because of it, the message
-- Returns 'unknown' if there is no lane and none was to be created, 'nothing' if no message is next,
--         or {number, attempts so far, due at in ms since 1970} of the next message
-- include lane
-- include laneHead
local known = redis.call('HMGET', lane.state, 'cursor', 'urgent')
local cursor, urgent = tonumber(known[1]), known[2]
if not cursor then
  -- The lane may be over and forgotten already.
  local told = tonumber(redis.call('HGET', lane.call, lane.told)) or 0
  if #ARGV > 5 and tonumber(ARGV[#ARGV - 2]) <= told then return 'nothing' end
  if ARGV[5] == '' then return 'unknown' end
  cursor = math.max(tonumber(ARGV[5]), told)
  redis.call('HSET', lane.state, 'cursor', time(cursor))
end
for i = 6, #ARGV, 3 do
  local seq = ARGV[i]
  if tonumber(seq) > cursor and redis.call('ZCOUNT', lane.pending, seq, seq) == 0 then
    redis.call('ZADD', lane.pending, seq, ARGV[i + 2])
    if ARGV[i + 1] == '1' then
      urgent = seq
      redis.call('HSET', lane.state, 'urgent', seq)
    end
  end
end
redis.call('PEXPIRE', lane.pending, lane.keptMs)
redis.call('PEXPIRE', lane.state, lane.keptMs)
local head = laneHead(lane.pending, lane.state)
if head then
  local dueAt = time(head[3] > 0 and head[3] or lane.now)
  redis.call('ZADD', lane.lanes, 'LT', dueAt, lane.id)
  if urgent then
    redis.call('ZADD', lane.urgent, 'NX', dueAt, lane.id)
    redis.call('PEXPIRE', lane.urgent, lane.keptMs)
  end
else
  redis.call('ZADD', lane.lanes, 'NX', time(lane.now + lane.keptMs), lane.id)
end
redis.call('PEXPIRE', lane.lanes, 2 * lane.keptMs)
return due(head)
