-- Renews the sign of life of a process. If the store lost its data, the schema and the installation are written again in
-- the same step.
-- KEYS[1] the schema of the store
-- KEYS[2] all processes with their versions, a hash by process id
-- KEYS[3] the key of this process, which exists while it is alive
-- KEYS[4] the installation
-- ARGV[1] the schema for a store without one
-- ARGV[2] process id
-- ARGV[3] version of the process
-- ARGV[4] how long it counts as alive, in ms
-- ARGV[5] the installation for a store without one
-- Returns the schema that is stored
redis.call('SET', KEYS[1], ARGV[1], 'NX')
redis.call('SET', KEYS[4], ARGV[5], 'NX')
redis.call('HSET', KEYS[2], ARGV[2], ARGV[3])
redis.call('SET', KEYS[3], ARGV[3], 'PX', ARGV[4])
return redis.call('GET', KEYS[1])
