-- Creates a user, who has no settings yet, or changes what the app says of one and leaves the settings.
-- KEYS[1] the user    KEYS[2] all user ids
-- ARGV[1] id          ARGV[2] name          ARGV[3] '1' when verified, else '0'
-- ARGV[4] the generation of one who is new
-- Returns all fields of the user, names and values in turn
redis.call('HSET', KEYS[1], 'name', ARGV[2], 'verified', ARGV[3])
redis.call('HSETNX', KEYS[1], 'generation', ARGV[4])
redis.call('PERSIST', KEYS[1])
redis.call('ZADD', KEYS[2], 0, ARGV[1])
return redis.call('HGETALL', KEYS[1])
