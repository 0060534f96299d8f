#!lua flags=allow-oom
-- Remembers what a request made. One whose claim was taken over meanwhile settles nothing.
-- KEYS[1] the keys of a scope
-- ARGV[1] the key    ARGV[2] token of the claim    ARGV[3] outcome    ARGV[4] how long it is remembered, in ms
-- Returns 1, or 0 when the claim is another's
-- include heldKeys
local held = read(redis.call('HGET', KEYS[1], ARGV[1]))
if not held or held.isDone or held.token ~= ARGV[2] then return 0 end
local untilMs = nowMs() + tonumber(ARGV[4])
redis.call('HSET', KEYS[1], ARGV[1], string.format('d|%.0f|%s|%s', untilMs, held.print, ARGV[3]))
return redis.call('PEXPIRE', KEYS[1], ARGV[4])
