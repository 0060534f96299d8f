/** What the scripts of lanes have in common: which message is next. */

/**
 * A message is next when it is the first and follows the last that is done with; or comes before that: it was given up,
 * and put back. Attempts are counted for the one message that `seq` names.
 */
export const laneHead = `
local function laneHead(pending, state)
  local first = redis.call('ZRANGE', pending, 0, 0, 'WITHSCORES')
  local known = redis.call('HMGET', state, 'cursor', 'seq', 'attempt', 'dueAt')
  if not first[1] or not known[1] then return nil end
  local seq = tonumber(first[2])
  if seq > tonumber(known[1]) + 1 then return nil end
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
`;

/** A message that is done with, in whichever way. Answers whether it was still in the lane. */
export const leaveLane = `
local function leaveLane(pending, state, seq, keptMs, overMs)
  if redis.call('ZREMRANGEBYSCORE', pending, seq, seq) == 0 then return false end
  local known = redis.call('HMGET', state, 'cursor', 'seq')
  if tonumber(seq) > (tonumber(known[1]) or 0) then redis.call('HSET', state, 'cursor', seq) end
  if known[2] == seq then redis.call('HDEL', state, 'seq', 'attempt', 'dueAt') end
  local isEmpty = redis.call('EXISTS', pending) == 0
  redis.call('PEXPIRE', state, isEmpty and overMs or keptMs)
  redis.call('PEXPIRE', pending, keptMs)
  return true
end
`;
