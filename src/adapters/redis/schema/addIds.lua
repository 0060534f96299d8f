-- Migration: adds ids to a sorted set. Repeating it changes nothing.
-- KEYS[1] the sorted set; every id has score 0
-- ARGV[1…] the ids
-- Returns how many ids were given
for _, id in ipairs(ARGV) do redis.call('ZADD', KEYS[1], 0, id) end
return #ARGV
