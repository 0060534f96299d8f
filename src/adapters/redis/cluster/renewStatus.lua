#!lua flags=allow-oom
-- Stores the status of a node, which is also its sign of life.
-- Allowed when memory is full: without it healthy nodes would be taken for dead.
-- KEYS[1] the statuses by node id, a hash
-- ARGV[1] node id
-- ARGV[2] its status, as JSON
-- Returns 1 if the node was not listed before, else 0
return redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
