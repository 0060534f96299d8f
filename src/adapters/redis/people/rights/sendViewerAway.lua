-- Voids the tickets to watch that a user has for a call. Marks rise, also when the clock of Redis steps back.
-- KEYS[1] the mark     KEYS[2] the rights log
-- ARGV[1] call id      ARGV[2] user id      ARGV[3] how long a ticket may be good, in ms
-- ARGV[4] the channel of the rights log
-- include tellRights
local time = redis.call('TIME')
local mark = time[1] * 1000000 + time[2]
local before = redis.call('GET', KEYS[1])
if before and tonumber(before) >= mark then mark = tonumber(before) + 1 end
local text = string.format('%.0f', mark)
redis.call('SET', KEYS[1], text, 'PX', ARGV[3])
local change = cjson.encode({ kind = 'viewer', callId = ARGV[1], userId = ARGV[2], mark = text })
tellRights(KEYS[2], ARGV[4], change)
return 1
