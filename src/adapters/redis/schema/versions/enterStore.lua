-- Registers a process with a store of its version; a store without keys gets that version.
-- KEYS[1] the schema          KEYS[2] processes       KEYS[3] this process
-- KEYS[4] name of a process's key, without its id
-- KEYS[5…] keys that any store that was used has
-- ARGV[1] the schema that must be stored, '' for none    ARGV[2] the schema of an empty store
-- ARGV[3] process id          ARGV[4] its version     ARGV[5] how long it counts as alive, in ms
-- Returns 'entered', or 'changed' when something else is stored
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
