-- Writes how far a migration is, or that it is done.
-- KEYS[1] the schema    ARGV[1] what to store
redis.call('SET', KEYS[1], ARGV[1])
return 'saved'
