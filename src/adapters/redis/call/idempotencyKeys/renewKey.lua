-- Extends the claim on an idempotency key, or releases the key. Changes nothing if another process has taken the claim
-- over.
-- KEYS[1] the idempotency keys of one scope, a hash
-- ARGV[1] hashed idempotency key, the field of the hash
-- ARGV[2] token of the claim
-- ARGV[3] lease from now, in ms; '0' releases the key
-- Returns 1, or 0 if the claim is no longer held with this token
-- include heldKeys
local held = read(redis.call('HGET', KEYS[1], ARGV[1]))
if not held or held.isDone or held.token ~= ARGV[2] then return 0 end
if ARGV[3] == '0' then return redis.call('HDEL', KEYS[1], ARGV[1]) end
redis.call('HSET', KEYS[1], ARGV[1], claimed(nowMs() + tonumber(ARGV[3]), held.print, held.what, held.token))
return 1
