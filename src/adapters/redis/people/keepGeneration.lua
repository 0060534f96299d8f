-- Restores the generation of a user's tokens after Redis lost its data, unless the user has one: valid tokens stay valid
-- until the app creates the user again. A hash without a name is not a user yet and expires.
-- KEYS[1] the user, a hash
-- ARGV[1] the generation
-- ARGV[2] time to live of a hash without a name, in ms
-- Returns the generation that is stored now
redis.call('HSETNX', KEYS[1], 'generation', ARGV[1])
if redis.call('HEXISTS', KEYS[1], 'name') == 0 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return redis.call('HGET', KEYS[1], 'generation')
