#!lua flags=allow-oom
-- A node says how it is. Also when Redis is full: silent nodes would be taken for dead.
-- KEYS[1] statuses by node    ARGV[1] node id    ARGV[2] its status as JSON
-- Returns how many entries are new
return redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
