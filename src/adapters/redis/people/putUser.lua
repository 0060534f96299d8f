-- Creates a user without settings, or updates what the app says about an existing one and leaves the settings. The list
-- of all users changes in the same step.
-- KEYS[1] the user, a hash
-- KEYS[2] ids of all users, a sorted set with score 0
-- ARGV[1] user id
-- ARGV[2] name
-- ARGV[3] '1' if verified, else '0'
-- ARGV[4] generation of the tokens of a new user
-- Returns all fields of the user, names and values alternating
redis.call('HSET', KEYS[1], 'name', ARGV[2], 'verified', ARGV[3])
redis.call('HSETNX', KEYS[1], 'generation', ARGV[4])
redis.call('PERSIST', KEYS[1])
redis.call('ZADD', KEYS[2], 0, ARGV[1])
return redis.call('HGETALL', KEYS[1])
