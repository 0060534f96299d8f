-- Saves one transition of a call: the call, its events, the outbox entry, all indexes and the notifications change in
-- one step, or nothing does. Every change of a call goes through this script; it also restores calls after a loss of
-- data.
-- KEYS[1] the call, a hash
-- KEYS[2] its events, a list of JSON
-- KEYS[3] the outbox, a stream
-- KEYS[4] ids of nodes with calls, a set
-- KEYS[5] ids of calls on its node, a set
-- KEYS[6] ids of ringing calls, a set
-- KEYS[7] ids of active calls, a set
-- KEYS[8] the call in which its caller rings its only callee
-- KEYS[9] the call in which that callee rings that caller
-- KEYS[10] ids of calls on its previous node, a set; the same as KEYS[5] if it did not move
-- KEYS[11] ids of live calls, a sorted set with score 0
-- KEYS[12] ids of calls of the user whose live calls are limited, a set; any key if nobody's are
-- KEYS[13…] ids of calls of each user who is added, then of each user who is removed; sets
-- ARGV[1] call id
-- ARGV[2] node id
-- ARGV[3] version that must be stored, '0' for none
-- ARGV[4] version to store
-- ARGV[5] phase
-- ARGV[6] the call, as JSON
-- ARGV[7] effects, as JSON
-- ARGV[8] time to live of an ended call, in ms
-- ARGV[9] channel of the node
-- ARGV[10] '1' while the call rings one other user, else '0'
-- ARGV[11] id of the previous node; the same as ARGV[2] if it did not move
-- ARGV[12] channel of the previous node
-- ARGV[13] 'new'; or, for a restored call, 'owed' if its events are still due to webhooks, else 'told'
-- ARGV[14] channel of the call
-- ARGV[15] number of events
-- ARGV[16] number of users who are added
-- ARGV[17] maximum number of live calls of the limited user with this one, '0' for no limit
-- ARGV[18…] each event as JSON, then the channel of each user who is added
-- The constant `maxEvents` comes before it: how many events of a call are kept
-- Returns 'saved'; 'stale' if another version is stored; 'crossed' if the call is new and its callee rings its caller;
--         'full' if the limited user has the maximum of live calls
local stored = redis.call('HGET', KEYS[1], 'version') or '0'
if stored ~= ARGV[3] then return 'stale' end
local ringsOne = ARGV[10] == '1'
local isNew = ARGV[13] == 'new'
if isNew and ringsOne and stored == '0' and redis.call('EXISTS', KEYS[9]) == 1 then return 'crossed' end
local most = tonumber(ARGV[17])
if most > 0 and redis.call('SISMEMBER', KEYS[12], ARGV[1]) == 0 and redis.call('SCARD', KEYS[12]) >= most then return 'full' end
local id, phase, call = ARGV[1], ARGV[5], ARGV[6]
local count, entering = tonumber(ARGV[15]), tonumber(ARGV[16])
local events = {}
for i = 1, count do events[i] = ARGV[17 + i] end
redis.call('HSET', KEYS[1], 'version', ARGV[4], 'state', call)
if count > 0 then 
  redis.call('RPUSH', KEYS[2], unpack(events))
  redis.call('LTRIM', KEYS[2], -maxEvents, -1)
end
local all = '[' .. table.concat(events, ',') .. ']'
redis.call('XADD', KEYS[3], '*', 'call', call, 'events', ARGV[13] == 'told' and '[]' or all, 'effects', ARGV[7])
local hasMoved = ARGV[11] ~= ARGV[2]
if hasMoved then
  redis.call('SREM', KEYS[10], id)
  if redis.call('EXISTS', KEYS[10]) == 0 then redis.call('SREM', KEYS[4], ARGV[11]) end
end
if phase == 'ended' then
  redis.call('SREM', KEYS[5], id)
  redis.call('SREM', KEYS[6], id)
  redis.call('SREM', KEYS[7], id)
  redis.call('ZREM', KEYS[11], id)
  if redis.call('EXISTS', KEYS[5]) == 0 then redis.call('SREM', KEYS[4], ARGV[2]) end
  redis.call('PEXPIRE', KEYS[1], ARGV[8])
  redis.call('PEXPIRE', KEYS[2], ARGV[8])
else
  redis.call('SADD', KEYS[4], ARGV[2])
  redis.call('SADD', KEYS[5], id)
  redis.call('ZADD', KEYS[11], 0, id)
  redis.call('SADD', KEYS[phase == 'ringing' and 6 or 7], id)
  redis.call('SREM', KEYS[phase == 'ringing' and 7 or 6], id)
end
if ringsOne then
  redis.call('SET', KEYS[8], id, 'EX', 86400, 'NX')
elseif redis.call('GET', KEYS[8]) == id then
  redis.call('DEL', KEYS[8])
end
local change = '{"call":' .. call .. ',"events":' .. (isNew and all or '[]') .. '}'
for i = 1, #KEYS - 12 do
  redis.call(i <= entering and 'SADD' or 'SREM', KEYS[12 + i], id)
end
for i = 1, entering do redis.call('PUBLISH', ARGV[17 + count + i], change) end
redis.call('PUBLISH', ARGV[14], change)
redis.call('PUBLISH', ARGV[9], change)
if hasMoved then redis.call('PUBLISH', ARGV[12], change) end
return 'saved'
