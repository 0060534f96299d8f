/** Puts a device on its newest connection and announces it. Numbers rise, also when the clock of Redis steps back. */
export const claimSeat = {
  numberOfKeys: 1,
  source: `
-- KEYS[1] the seats of the user's devices
-- ARGV[1] device id    ARGV[2] the channel    ARGV[3] how many devices are kept    ARGV[4] for how long, in ms
-- Returns the number of the claim, as text
local time = redis.call('TIME')
local number = time[1] * 1000000 + time[2]
local newest = redis.call('ZREVRANGE', KEYS[1], 0, 0, 'WITHSCORES')
if newest[2] and tonumber(newest[2]) >= number then number = tonumber(newest[2]) + 1 end
local text = string.format('%.0f', number)
redis.call('ZADD', KEYS[1], text, ARGV[1])
redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -1 - ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
redis.call('PUBLISH', ARGV[2], cjson.encode({ deviceId = ARGV[1], number = text }))
return text
`,
} as const;
