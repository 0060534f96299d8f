-- Removes a user and their name in the list together, and tells that their rights are over.
-- KEYS[1] the user    KEYS[2] all user ids    KEYS[3] the rights log    KEYS[4] the seats of their devices
-- ARGV[1] id          ARGV[2] the change of rights as JSON              ARGV[3] the channel of the rights log
-- Returns 1 when there was such a user, else 0
-- include tellRights
redis.call('ZREM', KEYS[2], ARGV[1])
local existed = redis.call('HEXISTS', KEYS[1], 'name')
local known = redis.call('EXISTS', KEYS[1])
redis.call('DEL', KEYS[1], KEYS[4])
if known == 1 then
  tellRights(KEYS[3], ARGV[3], ARGV[2])
end
return existed
