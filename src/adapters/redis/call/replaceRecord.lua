-- Writes a record over the one that it was made from, and over no other.
-- KEYS[1] the record    ARGV[1] what must be stored    ARGV[2] what to store
-- Returns 'replaced', or 'stale' when something else is stored
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 'stale' end
redis.call('SET', KEYS[1], ARGV[2])
return 'replaced'
