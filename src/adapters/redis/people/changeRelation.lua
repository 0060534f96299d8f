-- A relation begins or ends, with the ways back to whose it is: they never lack one.
-- KEYS[1] towards whom this relation of the user holds, all with the same score
-- KEYS[2] whose relations point at the other, or once did      KEYS[3] who blocks the other
-- ARGV[1] the user's id    ARGV[2] the other's id    ARGV[3] '1' when it holds, else '0'    ARGV[4] '1' for a block
-- ARGV[5] towards how many it may hold
-- Returns 'changed', or 'full' when it holds towards as many others as may be
if ARGV[3] == '1' then
  local isNew = not redis.call('ZSCORE', KEYS[1], ARGV[2])
  if isNew and redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[5]) then return 'full' end
  redis.call('SADD', KEYS[2], ARGV[1])
  redis.call('ZADD', KEYS[1], 0, ARGV[2])
  if ARGV[4] == '1' then redis.call('SADD', KEYS[3], ARGV[1]) end
else
  redis.call('ZREM', KEYS[1], ARGV[2])
  if ARGV[4] == '1' then redis.call('SREM', KEYS[3], ARGV[1]) end
end
return 'changed'
