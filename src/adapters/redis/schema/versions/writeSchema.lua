-- Stores how far a migration has come, or that it is finished.
-- KEYS[1] the schema of the store
-- ARGV[1] the new schema, as JSON
-- Returns 'saved'
redis.call('SET', KEYS[1], ARGV[1])
return 'saved'
