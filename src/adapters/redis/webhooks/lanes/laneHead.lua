-- Shared by the scripts of lanes: which message is next, and how a message leaves its lane.
-- The state of a lane is a hash:
--   cursor               number of the last message that is done with
--   seq, attempt, dueAt  the message that failed last, its attempts so far, and when it is due (ms since 1970)
--   urgent               number of the newest message that makes devices ring
--   over                 set when the last message of the call is done with
--   loose                set when the lane was made of replayed messages: there is no order to wait for
-- laneHead(pending, state) returns {number, attempts so far, due at, message} of the next message, or nil. The first
-- message is next if it follows the cursor; if it comes before the cursor, because it was replayed; or if the lane is
-- loose.
local function laneHead(pending, state)
  local first = redis.call('ZRANGE', pending, 0, 0, 'WITHSCORES')
  if not first[1] then return nil end
  local known = redis.call('HMGET', state, 'cursor', 'seq', 'attempt', 'dueAt', 'loose')
  if not known[1] then return nil end
  local seq = tonumber(first[2])
  if seq > tonumber(known[1]) + 1 and not known[5] then return nil end
  if tonumber(known[2]) ~= seq then return {seq, 0, 0, first[1]} end
  return {seq, tonumber(known[3]), tonumber(known[4]), first[1]}
end
local function due(head)
  if not head then return 'nothing' end
  return {head[1], head[2], head[3]}
end
local function letGo(lease, holder)
  if redis.call('GET', lease) == holder then redis.call('DEL', lease) end
end
local function time(ms) return string.format('%.0f', ms) end
-- A message that is done with, in whichever way. Answers whether it was still in the lane. A lane in which nothing is
-- left is looked at again when it has expired; one whose call is over is forgotten: how far it came is kept with the call,
-- as long as that is.
local function leaveLane(lane, seq, ends)
  if redis.call('ZREMRANGEBYSCORE', lane.pending, seq, seq) == 0 then return false end
  local known = redis.call('HMGET', lane.state, 'cursor', 'seq', 'urgent', 'over', 'loose')
  local cursor = math.max(tonumber(seq), tonumber(known[1]) or 0)
  if known[3] and tonumber(seq) >= tonumber(known[3]) then
    redis.call('HDEL', lane.state, 'urgent')
    redis.call('ZREM', lane.urgent, lane.id)
  end
  local isEmpty = redis.call('EXISTS', lane.pending) == 0
  if isEmpty and (ends == '1' or known[4] or known[5]) then
    if redis.call('EXISTS', lane.call) == 1 then redis.call('HSET', lane.call, lane.told, time(cursor)) end
    redis.call('DEL', lane.state)
    redis.call('ZREM', lane.lanes, lane.id)
    return true
  end
  redis.call('HSET', lane.state, 'cursor', time(cursor))
  if known[2] == seq then redis.call('HDEL', lane.state, 'seq', 'attempt', 'dueAt') end
  if isEmpty then redis.call('ZADD', lane.lanes, 'XX', time(lane.now + lane.keptMs), lane.id) end
  if ends == '1' then redis.call('HSET', lane.state, 'over', '1') end
  return true
end
