-- Sets fields of an existing user. Creates no user: one that was erased meanwhile stays erased.
-- KEYS[1] the user, a hash
-- ARGV[1…] names and values of the fields, alternating
-- Returns all fields of the user, names and values alternating; empty if there is no such user
if redis.call('HEXISTS', KEYS[1], 'name') == 0 then return {} end
if #ARGV > 0 then redis.call('HSET', KEYS[1], unpack(ARGV)) end
return redis.call('HGETALL', KEYS[1])
