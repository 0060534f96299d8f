-- Adds a webhook endpoint while there are fewer than may be.
-- KEYS[1] the endpoints
-- ARGV[1] id    ARGV[2] the endpoint as JSON    ARGV[3] how many there may be
-- Returns 'added' or 'full'
if redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[3]) then return 'full' end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return 'added'
