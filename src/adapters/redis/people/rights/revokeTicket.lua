-- KEYS[1] that it is revoked                 KEYS[2] the rights log
-- ARGV[1] the change of rights as JSON       ARGV[2] how long a ticket may be good, in ms
-- ARGV[3] the channel of the rights log
-- include tellRights
redis.call('SET', KEYS[1], '1', 'PX', ARGV[2])
tellRights(KEYS[2], ARGV[3], ARGV[1])
return 1
