-- Dead letters of one lane go back into it. They come before what is newer, since they are numbered.
-- KEYS[1] pending messages     KEYS[2] state of the lane    KEYS[3] dead letters    KEYS[4] their order
-- KEYS[5] lanes of the endpoint by when they are due
-- ARGV[1] how long the lane is kept, in ms             ARGV[2] now                  ARGV[3] id of the call
-- ARGV[4…] id, number and message, in turn
-- Returns how many were dead
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
