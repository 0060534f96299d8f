-- Who works on a request with an idempotency key is alive, or gives the key back.
-- KEYS[1] the keys of a scope
-- ARGV[1] the key    ARGV[2] token of the claim    ARGV[3] its lease from now on, in ms; '0' gives the key back
-- Returns 1, or 0 when the claim is another's
-- include heldKeys
local held = read(redis.call('HGET', KEYS[1], ARGV[1]))
if not held or held.isDone or held.token ~= ARGV[2] then return 0 end
if ARGV[3] == '0' then return redis.call('HDEL', KEYS[1], ARGV[1]) end
redis.call('HSET', KEYS[1], ARGV[1], claimed(nowMs() + tonumber(ARGV[3]), held.print, held.what, held.token))
return 1
