-- Moves dead letters of one lane back into it, in one step. They are numbered, so they come before newer messages.
-- KEYS[1] pending messages by number, a sorted set
-- KEYS[2] state of the lane, a hash
-- KEYS[3] the dead letters by id, a hash
-- KEYS[4] their order, a sorted set
-- KEYS[5] lanes of the endpoint by when they are due, a sorted set of call ids
-- ARGV[1] time to live of the lane, in ms
-- ARGV[2] now, in ms since 1970
-- ARGV[3] call id
-- ARGV[4…] for each letter: its id, the number of its message, the message
-- Returns how many letters were moved; one that is no longer a dead letter is skipped
local revived, last = 0, 0
for i = 4, #ARGV, 3 do
  if redis.call('HDEL', KEYS[3], ARGV[i]) == 1 then
    redis.call('ZREM', KEYS[4], ARGV[i])
    redis.call('ZADD', KEYS[1], ARGV[i + 1], ARGV[i + 2])
    revived, last = revived + 1, math.max(last, tonumber(ARGV[i + 1]))
  end
end
if revived > 0 then
  -- The lane may have been forgotten since: what was given up was done with, and has nothing to wait for.
  if redis.call('HSETNX', KEYS[2], 'cursor', last) == 1 then redis.call('HSET', KEYS[2], 'loose', '1') end
  redis.call('PEXPIRE', KEYS[1], ARGV[1])
  redis.call('PEXPIRE', KEYS[2], ARGV[1])
  redis.call('ZADD', KEYS[5], 'LT', ARGV[2], ARGV[3])
  redis.call('PEXPIRE', KEYS[5], 2 * tonumber(ARGV[1]))
end
return revived
