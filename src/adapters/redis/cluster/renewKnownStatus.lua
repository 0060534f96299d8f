#!lua flags=allow-oom
-- Stores the status of a node if the node is still listed. Used on behalf of a node whose event loop stalls: it must not
-- bring back a node that others have removed. Allowed when memory is full, as in renewStatus.lua.
-- KEYS[1] the statuses by node id, a hash
-- ARGV[1] node id
-- ARGV[2] its status, as JSON
-- Returns 1, or 0 if the node is not listed
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return 1
