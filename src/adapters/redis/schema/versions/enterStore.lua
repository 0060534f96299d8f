-- Registers a process with a store of its schema version. An empty store gets that version in the same step. Processes
-- that are no longer alive are removed from the list.
-- KEYS[1] the schema of the store
-- KEYS[2] all processes with their versions, a hash by process id
-- KEYS[3] the key of this process, which exists while it is alive
-- KEYS[4] prefix of the key of a process
-- KEYS[5…] keys of which a used store has at least one
-- ARGV[1] the schema that must be stored, '' for none
-- ARGV[2] the schema for an empty store
-- ARGV[3] process id
-- ARGV[4] version of the process
-- ARGV[5] how long it counts as alive, in ms
-- Returns 'entered', or 'changed' if another schema is stored or the store without a schema is not empty
local stored = redis.call('GET', KEYS[1]) or ''
if stored ~= ARGV[1] then return 'changed' end
if stored == '' then
  for i = 5, #KEYS do if redis.call('EXISTS', KEYS[i]) == 1 then return 'changed' end end
  redis.call('SET', KEYS[1], ARGV[2])
end
for _, id in ipairs(redis.call('HKEYS', KEYS[2])) do
  if redis.call('EXISTS', KEYS[4] .. id) == 0 then redis.call('HDEL', KEYS[2], id) end
end
redis.call('HSET', KEYS[2], ARGV[3], ARGV[4])
redis.call('SET', KEYS[3], ARGV[4], 'PX', ARGV[5])
return 'entered'
