#!lua flags=allow-oom
-- Claims an idempotency key, or reports what became of the first request with this key. Of simultaneous requests exactly
-- one is the first. A claim whose lease has passed is taken over under the same id: its holder died.
-- Allowed when memory is full: leaving and ending a call are possible then, and these requests may carry a key.
-- KEYS[1] the idempotency keys of one scope, a hash
-- ARGV[1] hashed idempotency key, the field of the hash
-- ARGV[2] fingerprint of the request; another fingerprint under the same key is a conflict
-- ARGV[3] id for what the request creates
-- ARGV[4] token of the claim, needed to renew or settle it
-- ARGV[5] lease of the claim, in ms
-- ARGV[6] time to live of a key, in ms
-- ARGV[7] maximum number of keys in the scope; the oldest finished or abandoned one makes room
-- Returns {'first', id, '0'} for a new claim, or {'first', earlier id, '1'} for one that was taken over;
--         {'in_progress'} while another claim holds it; {'done', outcome}; {'conflict'};
--         {'full'} when every key of the scope is in progress under a running lease
-- include heldKeys
local now, lifeMs = nowMs(), tonumber(ARGV[6])
local held = read(redis.call('HGET', KEYS[1], ARGV[1]))
if held and not isForgotten(held, now, lifeMs) then
  if held.print ~= ARGV[2] then return {'conflict'} end
  if held.isDone then return {'done', held.what} end
  if held.untilMs > now then return {'in_progress'} end
else
  held = nil
  if redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[7]) and not makeRoom(KEYS[1], now, lifeMs, tonumber(ARGV[7])) then
    return {'full'}
  end
end
local id = held and held.what or ARGV[3]
redis.call('HSET', KEYS[1], ARGV[1], claimed(now + tonumber(ARGV[5]), ARGV[2], id, ARGV[4]))
redis.call('PEXPIRE', KEYS[1], lifeMs)
return {'first', id, held and '1' or '0'}
