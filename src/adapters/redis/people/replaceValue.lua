-- Replaces a value if it is still the one that the new value was made from.
-- KEYS[1] the value
-- ARGV[1] the value that must be stored, '' for none
-- ARGV[2] the new value
-- ARGV[3] its time to live, in ms
-- Returns 'saved', or 'stale' if another value is stored
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 'stale' end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 'saved'
