-- Deletes a user, their devices and their place in the list of users, and notifies all nodes that their rights have
-- ended, in one step: no request of theirs can slip in between.
-- KEYS[1] the user, a hash
-- KEYS[2] ids of all users, a sorted set
-- KEYS[3] the rights log, a stream
-- KEYS[4] the devices of the user
-- ARGV[1] user id
-- ARGV[2] the change of rights, as JSON
-- ARGV[3] channel of the rights log
-- Returns 1 if there was such a user, else 0
-- include tellRights
redis.call('ZREM', KEYS[2], ARGV[1])
local existed = redis.call('HEXISTS', KEYS[1], 'name')
local known = redis.call('EXISTS', KEYS[1])
redis.call('DEL', KEYS[1], KEYS[4])
if known == 1 then
  tellRights(KEYS[3], ARGV[3], ARGV[2])
end
return existed
