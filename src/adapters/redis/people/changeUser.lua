-- Sets fields of a user; makes no user.
-- KEYS[1] the user
-- ARGV    names and values of fields, in turn
-- Returns all fields of the user, names and values in turn; nothing when there is no such user
if redis.call('HEXISTS', KEYS[1], 'name') == 0 then return {} end
if #ARGV > 0 then redis.call('HSET', KEYS[1], unpack(ARGV)) end
return redis.call('HGETALL', KEYS[1])
