-- The one way in which a call changes in Redis: all of a transition, or nothing. What was lost is put back by it, too.
-- KEYS[1]  the call            KEYS[2]  its events
-- KEYS[3]  the outbox          KEYS[4]  nodes with calls
-- KEYS[5]  calls on its node   KEYS[6]  ringing calls     KEYS[7]  active calls
-- KEYS[8]  the call by which its caller rings its only callee      KEYS[9]  and the other way round
-- KEYS[10] calls on the node that it was on before; the same as KEYS[5] unless it moved
-- KEYS[11] live calls
-- KEYS[12] calls of the user whose live calls are bounded; any key when nobody's are
-- KEYS[13…] calls of each user who enters, then of each who is gone
-- ARGV[1]  call id             ARGV[2]  node id
-- ARGV[3]  version that must be stored, 0 for none        ARGV[4]  version to store
-- ARGV[5]  phase               ARGV[6]  the call as JSON
-- ARGV[7]  effects as JSON     ARGV[8]  how long an ended call is kept, in ms
-- ARGV[9]  the node's channel  ARGV[10] 1 while it rings one other, else 0
-- ARGV[11] node id before      ARGV[12] that node's channel
-- ARGV[13] 'new', or what is put back: 'owed' when its events are still to be told to webhooks, else 'told'
-- ARGV[14] the call's channel     ARGV[15] number of events        ARGV[16] number of who enter
-- ARGV[17] how many live calls that user may have with this one, 0 for no bound
-- ARGV[18…] each event as JSON, then the channel of each who enters
-- `maxEvents` is set before it: how many events of a call are kept
-- Returns  'saved'; 'stale' when another version is stored; 'crossed' when it is new and its callee rings its caller;
--          'full' when the user has as many live calls as may be
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
