-- Releases a lease if it is still held by the caller.
-- KEYS[1] the lease
-- ARGV[1] its holder
-- Returns 'released', whoever holds it
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 'released'
