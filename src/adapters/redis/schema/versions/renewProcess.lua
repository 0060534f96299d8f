-- A process says that it is alive. A store that lost its data gets the schema again.
-- KEYS[1] the schema          KEYS[2] processes       KEYS[3] this process       KEYS[4] the installation
-- ARGV[1] the schema of a store that lost it          ARGV[5] the installation, likewise
-- ARGV[2] process id          ARGV[3] its version     ARGV[4] how long it counts as alive, in ms
-- Returns the schema that is stored
redis.call('SET', KEYS[1], ARGV[1], 'NX')
redis.call('SET', KEYS[4], ARGV[5], 'NX')
redis.call('HSET', KEYS[2], ARGV[2], ARGV[3])
redis.call('SET', KEYS[3], ARGV[3], 'PX', ARGV[4])
return redis.call('GET', KEYS[1])
