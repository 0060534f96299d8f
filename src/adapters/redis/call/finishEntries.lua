-- Done entries leave the group and the stream together.
-- KEYS[1] the outbox
-- ARGV[1] name of the group    ARGV[2…] ids of the entries
-- Returns how many left the stream
local ids = {}
for i = 2, #ARGV do ids[i - 1] = ARGV[i] end
redis.call('XACK', KEYS[1], ARGV[1], unpack(ids))
return redis.call('XDEL', KEYS[1], unpack(ids))
