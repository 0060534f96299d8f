-- Puts a device on its newest connection and announces it. Numbers rise, also when the clock of Redis steps back.
-- KEYS[1] the seats of the user's devices
-- ARGV[1] device id    ARGV[2] the channel    ARGV[3] how many devices there may be    ARGV[4] for how long one is known, in ms
-- Returns the number of the claim, as text; 'full' for one device more
local time = redis.call('TIME')
local number = time[1] * 1000000 + time[2]
local newest = redis.call('ZREVRANGE', KEYS[1], 0, 0, 'WITHSCORES')
if newest[2] and tonumber(newest[2]) >= number then number = tonumber(newest[2]) + 1 end
local text = string.format('%.0f', number)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('(%.0f', number - ARGV[4] * 1000))
local isKnown = redis.call('ZSCORE', KEYS[1], ARGV[1])
if not isKnown and redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[3]) then return 'full' end
redis.call('ZADD', KEYS[1], text, ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
redis.call('PUBLISH', ARGV[2], cjson.encode({ deviceId = ARGV[1], number = text }))
return text
