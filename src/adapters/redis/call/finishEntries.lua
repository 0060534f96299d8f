-- Removes processed entries from the consumer group and from the outbox stream in one step.
-- KEYS[1] the outbox, a stream
-- ARGV[1] name of the consumer group
-- ARGV[2…] ids of the entries
-- Returns how many entries were deleted
local ids = {}
for i = 2, #ARGV do ids[i - 1] = ARGV[i] end
redis.call('XACK', KEYS[1], ARGV[1], unpack(ids))
return redis.call('XDEL', KEYS[1], unpack(ids))
