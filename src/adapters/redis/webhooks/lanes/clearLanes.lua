-- Removes whole lanes of an endpoint. Their messages are dropped, or become dead letters in the same step.
-- KEYS[1] lanes of the endpoint by when they are due, a sorted set of call ids
-- KEYS[2] those of them with a ringing message, a sorted set
-- KEYS[3] the dead letters by id, a hash
-- KEYS[4] their order, a sorted set
-- KEYS[5…] for each lane: its pending messages, its state, its holder, its call
-- ARGV[1] now, in ms since 1970
-- ARGV[2] time to live of dead letters, in ms
-- ARGV[3] maximum number of dead letters; the oldest are dropped
-- ARGV[4] rest of a dead letter as JSON, after its attempts; '' to drop the messages
-- ARGV[5] field of a call that holds the number of the last message done for this endpoint
-- ARGV[6…] the call id of each lane
-- Returns how many lanes were removed
-- include letters
local now = tonumber(ARGV[1])
for i = 6, #ARGV do
  local at = 5 + (i - 6) * 4
  local id, pending, state, call = ARGV[i], KEYS[at], KEYS[at + 1], KEYS[at + 3]
  local messages = redis.call('ZRANGE', pending, 0, -1, 'WITHSCORES')
  local known = redis.call('HMGET', state, 'cursor', 'seq', 'attempt')
  if ARGV[4] ~= '' then
    for j = 1, #messages, 2 do
      local attempts = known[2] == messages[j + 1] and known[3] or '0'
      local letter = '{"message":' .. messages[j] .. ',"attempts":' .. attempts .. ',' .. ARGV[4]
      addLetter(KEYS[3], KEYS[4], now, id .. '_' .. messages[j + 1], letter)
    end
    local last = math.max(tonumber(known[1]) or 0, tonumber(messages[#messages]) or 0)
    if redis.call('EXISTS', call) == 1 then redis.call('HSET', call, ARGV[5], string.format('%.0f', last)) end
  end
  redis.call('DEL', pending, state, KEYS[at + 2])
  redis.call('ZREM', KEYS[1], id)
  redis.call('ZREM', KEYS[2], id)
end
if ARGV[4] ~= '' then keepLetters(KEYS[3], KEYS[4], now, tonumber(ARGV[2]), tonumber(ARGV[3])) end
return #ARGV - 5
