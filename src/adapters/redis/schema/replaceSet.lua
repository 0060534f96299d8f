-- Migration: replaces a set by the sorted set made from it, in one step, so that readers always find one of them.
-- Repeating it changes nothing.
-- KEYS[1] the set
-- KEYS[2] the sorted set, which gets the name of the set
-- Returns 1, or 0 if there is nothing to replace
if redis.call('TYPE', KEYS[1]).ok ~= 'set' or redis.call('EXISTS', KEYS[2]) == 0 then return 0 end
redis.call('UNLINK', KEYS[1])
redis.call('RENAME', KEYS[2], KEYS[1])
return 1
