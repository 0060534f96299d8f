-- Replaces the record of a call if it is still the one that the new record was made from.
-- KEYS[1] the record
-- ARGV[1] the record that must be stored, as JSON
-- ARGV[2] the new record, as JSON
-- Returns 'replaced', or 'stale' if another value or none is stored
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 'stale' end
redis.call('SET', KEYS[1], ARGV[2])
return 'replaced'
