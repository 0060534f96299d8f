-- Voids all tickets to watch that a user has for a call, and notifies all nodes in one step. A ticket is void if its
-- mark is smaller than the stored one. Marks always grow, even if the clock of Redis is set back.
-- KEYS[1] the mark of the user in this call
-- KEYS[2] the rights log, a stream
-- ARGV[1] call id
-- ARGV[2] user id
-- ARGV[3] longest life of a ticket, in ms: afterwards the mark is not needed
-- ARGV[4] channel of the rights log
-- Returns 1
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
