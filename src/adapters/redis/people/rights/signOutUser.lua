-- Gives a user a new generation, so that tokens of before are void, and tells so.
-- KEYS[1] the user                           KEYS[2] the rights log
-- ARGV[1] the new generation                 ARGV[2] the change of rights as JSON
-- ARGV[3] the channel of the rights log
-- Returns 1 when there is such a user, else 0
-- include tellRights
if redis.call('HEXISTS', KEYS[1], 'name') == 0 then return 0 end
redis.call('HSET', KEYS[1], 'generation', ARGV[1])
tellRights(KEYS[2], ARGV[3], ARGV[2])
return 1
