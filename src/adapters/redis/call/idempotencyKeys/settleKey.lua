#!lua flags=allow-oom
-- Stores the outcome of a request under its idempotency key. A claim that was taken over stores nothing: its successor
-- does.
-- Allowed when memory is full: the change is already made, and a repeated request must find its outcome.
-- KEYS[1] the idempotency keys of one scope, a hash
-- ARGV[1] hashed idempotency key, the field of the hash
-- ARGV[2] token of the claim
-- ARGV[3] the outcome
-- ARGV[4] time to live of the outcome, in ms
-- Returns 1, or 0 if the claim is no longer held with this token
-- include heldKeys
local held = read(redis.call('HGET', KEYS[1], ARGV[1]))
if not held or held.isDone or held.token ~= ARGV[2] then return 0 end
local untilMs = nowMs() + tonumber(ARGV[4])
redis.call('HSET', KEYS[1], ARGV[1], string.format('d|%.0f|%s|%s', untilMs, held.print, ARGV[3]))
return redis.call('PEXPIRE', KEYS[1], ARGV[4])
