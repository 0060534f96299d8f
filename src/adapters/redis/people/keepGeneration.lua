-- After Redis lost its data: the tokens of a user stay good until the app puts the user back. Without a name it is no user
-- yet, and goes by itself.
-- KEYS[1] the user    ARGV[1] the generation    ARGV[2] how long it is kept, in ms
-- Returns the generation that the user has now
redis.call('HSETNX', KEYS[1], 'generation', ARGV[1])
if redis.call('HEXISTS', KEYS[1], 'name') == 0 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return redis.call('HGET', KEYS[1], 'generation')
