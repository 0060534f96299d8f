-- KEYS[1] a list    ARGV[1] how many of its last items stay
return redis.call('LTRIM', KEYS[1], -tonumber(ARGV[1]), -1)
