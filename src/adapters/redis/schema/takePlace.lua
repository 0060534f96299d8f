-- KEYS[1] the set    KEYS[2] the sorted set that takes its name
if redis.call('TYPE', KEYS[1]).ok ~= 'set' or redis.call('EXISTS', KEYS[2]) == 0 then return 0 end
redis.call('UNLINK', KEYS[1])
redis.call('RENAME', KEYS[2], KEYS[1])
return 1
