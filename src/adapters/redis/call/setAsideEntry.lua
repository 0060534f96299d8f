-- Takes an entry that cannot be read out of the outbox, and keeps it for people to look at.
-- KEYS[1] the outbox           KEYS[2] list of broken entries
-- ARGV[1] name of the group    ARGV[2] id of the entry    ARGV[3] what it holds, as JSON
-- ARGV[4] how many of them are kept
-- Returns 1, or 0 when it was set aside before
if redis.call('XDEL', KEYS[1], ARGV[2]) == 0 then return 0 end
redis.call('XACK', KEYS[1], ARGV[1], ARGV[2])
redis.call('RPUSH', KEYS[2], ARGV[3])
redis.call('LTRIM', KEYS[2], -tonumber(ARGV[4]), -1)
return 1
