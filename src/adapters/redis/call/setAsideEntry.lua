-- Moves an unreadable entry from the outbox to a list that an operator can look at, in one step.
-- KEYS[1] the outbox, a stream
-- KEYS[2] the broken entries, a list
-- ARGV[1] name of the consumer group
-- ARGV[2] id of the entry
-- ARGV[3] its content, as JSON
-- ARGV[4] maximum length of the list; the oldest entries are dropped
-- Returns 1, or 0 if the entry was removed before
if redis.call('XDEL', KEYS[1], ARGV[2]) == 0 then return 0 end
redis.call('XACK', KEYS[1], ARGV[1], ARGV[2])
redis.call('RPUSH', KEYS[2], ARGV[3])
redis.call('LTRIM', KEYS[2], -tonumber(ARGV[4]), -1)
return 1
