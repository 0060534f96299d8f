#!lua flags=allow-oom
-- The same for an entry that is still there, and no other.
-- KEYS[1] statuses of all nodes
-- ARGV[1] node id    ARGV[2] its status as JSON
-- Returns 1, or 0 when the entry is gone
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return 1
