-- Migration: keeps only the newest items of a list.
-- KEYS[1] the list, newest item last
-- ARGV[1] how many items stay
-- Returns OK
return redis.call('LTRIM', KEYS[1], -tonumber(ARGV[1]), -1)
