-- Takes the lease of a migration and stores that the migration has begun, in one step. Refused while processes are
-- alive, since they would read and write the old schema. Processes that are no longer alive are removed from the list.
-- KEYS[1] the schema of the store
-- KEYS[2] all processes with their versions, a hash by process id
-- KEYS[3] the lease
-- KEYS[4] prefix of the key of a process; the key exists while the process is alive
-- ARGV[1] the schema that must be stored, '' for none
-- ARGV[2] the schema to store, which names the migration
-- ARGV[3] holder of the lease
-- ARGV[4] length of the lease, in ms
-- Returns 'taken', 'changed' if another schema is stored, 'held' if another process has the lease,
--         or the number of processes that are alive, as text
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 'changed' end
local holder = redis.call('GET', KEYS[3])
if holder and holder ~= ARGV[3] then return 'held' end
local alive = 0
for _, id in ipairs(redis.call('HKEYS', KEYS[2])) do
  if redis.call('EXISTS', KEYS[4] .. id) == 1 then alive = alive + 1 else redis.call('HDEL', KEYS[2], id) end
end
if alive > 0 then return tostring(alive) end
redis.call('SET', KEYS[3], ARGV[3], 'PX', ARGV[4])
redis.call('SET', KEYS[1], ARGV[2])
return 'taken'
