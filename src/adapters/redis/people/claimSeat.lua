-- Registers a device with its newest connection, and announces it to all nodes, so that older connections of the device
-- close. The number of a claim always grows, even if the clock of Redis is set back.
-- KEYS[1] the devices of the user by the number of their claim, a sorted set
-- ARGV[1] device id
-- ARGV[2] channel to announce on
-- ARGV[3] maximum number of devices
-- ARGV[4] how long a device is known after its claim, in ms
-- Returns the number of the claim (µs since 1970) as text, or 'full' if a new device would exceed the maximum
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
