-- Takes calls that are not there off a list of calls.
-- KEYS[1] the list, a set or a sorted set    KEYS[2…] the calls    ARGV[1…] their ids
local drop = redis.call('TYPE', KEYS[1]).ok == 'zset' and 'ZREM' or 'SREM'
for i = 2, #KEYS do
  if redis.call('EXISTS', KEYS[i]) == 0 then redis.call(drop, KEYS[1], ARGV[i - 1]) end
end
return 'done'
