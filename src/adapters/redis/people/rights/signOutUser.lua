-- Gives a user a new generation, which voids all earlier tokens, and notifies all nodes in one step.
-- KEYS[1] the user, a hash
-- KEYS[2] the rights log, a stream
-- ARGV[1] the new generation
-- ARGV[2] the change of rights, as JSON
-- ARGV[3] channel of the rights log
-- Returns 1, or 0 if there is no such user
-- include tellRights
if redis.call('HEXISTS', KEYS[1], 'name') == 0 then return 0 end
redis.call('HSET', KEYS[1], 'generation', ARGV[1])
tellRights(KEYS[2], ARGV[3], ARGV[2])
return 1
