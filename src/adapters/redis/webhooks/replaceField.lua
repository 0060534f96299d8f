-- Writes a field over the value that the new one was made from, and over no other.
-- KEYS[1] a hash
-- ARGV[1] the field    ARGV[2] what must be stored    ARGV[3] what to store
-- Returns 'saved', or 'stale' when something else is stored
if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 'stale' end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
return 'saved'
