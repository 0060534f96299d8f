-- Replaces a field of a hash if it still has the value that the new one was made from.
-- KEYS[1] the hash
-- ARGV[1] the field
-- ARGV[2] the value that must be stored
-- ARGV[3] the new value
-- Returns 'saved', or 'stale' if another value or none is stored
if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 'stale' end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
return 'saved'
