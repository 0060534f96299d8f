-- Takes the lease of a migration unless another process has it or processes of another version are alive.
-- KEYS[1] the schema          KEYS[2] processes       KEYS[3] the lease
-- KEYS[4] name of a process's key, without its id
-- ARGV[1] the schema that must be stored, '' for none    ARGV[2] the schema to store: it names the migration
-- ARGV[3] who takes it        ARGV[4] how long, in ms
-- Returns 'taken', 'changed', 'held', or the number of processes that are alive
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
