-- Sets or removes a relation from a user to another, together with its reverse index, in one step: the erasure of a user
-- finds every relation through the reverse index.
-- KEYS[1] ids of the users to whom this relation holds, a sorted set with score 0
-- KEYS[2] ids of users who have or had any relation to the other, a set
-- KEYS[3] ids of users who block the other, a set
-- ARGV[1] id of the user
-- ARGV[2] id of the other
-- ARGV[3] '1' to set the relation, '0' to remove it
-- ARGV[4] '1' if the relation is a block, else '0'
-- ARGV[5] maximum number of users in KEYS[1]
-- Returns 'changed', or 'full' if a new relation would exceed the maximum
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
