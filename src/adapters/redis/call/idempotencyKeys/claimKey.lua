#!lua flags=allow-oom
-- The first request with an idempotency key gets it; the others hear what became of the first.
-- KEYS[1] the keys of a scope
-- ARGV[1] the key                       ARGV[2] fingerprint of the request    ARGV[3] id of what it makes
-- ARGV[4] token of the claim            ARGV[5] its lease, in ms
-- ARGV[6] how long keys are remembered, in ms                                 ARGV[7] how many at once
-- Returns {'first', id, '1' when another began it, else '0'}, {'conflict'}, {'in_progress'}, {'full'} or {'done', outcome}
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
