-- Writes a value over the one that it was made from, and over no other.
-- KEYS[1] the value
-- ARGV[1] what must be stored, '' for nothing    ARGV[2] what to store    ARGV[3] how long it is kept, in ms
-- Returns 'saved', or 'stale' when something else is stored
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 'stale' end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 'saved'
