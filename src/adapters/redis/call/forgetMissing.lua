-- Removes ids of calls that no longer exist from an index of calls. The check and the removal are one step: a call that
-- is created meanwhile keeps its place.
-- KEYS[1] the index, a set or a sorted set of call ids
-- KEYS[2…] the keys of the calls
-- ARGV[1…] the ids of the calls, in the order of KEYS[2…]
-- Returns 'done'
local drop = redis.call('TYPE', KEYS[1]).ok == 'zset' and 'ZREM' or 'SREM'
for i = 2, #KEYS do
  if redis.call('EXISTS', KEYS[i]) == 0 then redis.call(drop, KEYS[1], ARGV[i - 1]) end
end
return 'done'
