-- Adds a webhook endpoint, up to a maximum that holds for simultaneous requests, too.
-- KEYS[1] the endpoints by id, a hash
-- ARGV[1] endpoint id
-- ARGV[2] the endpoint, as JSON
-- ARGV[3] maximum number of endpoints
-- Returns 'added' or 'full'
if redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[3]) then return 'full' end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return 'added'
