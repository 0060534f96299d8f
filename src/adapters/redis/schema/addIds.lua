-- KEYS[1] a sorted set    ARGV ids
for _, id in ipairs(ARGV) do redis.call('ZADD', KEYS[1], 0, id) end
return #ARGV
