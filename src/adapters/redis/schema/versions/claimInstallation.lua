-- Stores which installation owns the store, unless it changed meanwhile or processes of the present one are alive.
-- KEYS[1] the installation
-- KEYS[2] all processes with their versions, a hash by process id
-- KEYS[3] prefix of the key of a process; the key exists while the process is alive
-- ARGV[1] the installation that must be stored, '' for none
-- ARGV[2] the new installation
-- ARGV[3] 'same' if it is the present installation with another secret: its processes may be alive
-- Returns 'claimed', 'changed' if another value is stored, or 'alive' if a process of the present installation is alive
local stored = redis.call('GET', KEYS[1]) or ''
if stored ~= ARGV[1] then return 'changed' end
if stored ~= '' and ARGV[3] ~= 'same' then
  for _, id in ipairs(redis.call('HKEYS', KEYS[2])) do
    if redis.call('EXISTS', KEYS[3] .. id) == 1 then return 'alive' end
  end
end
redis.call('SET', KEYS[1], ARGV[2])
return 'claimed'
