-- Enters an installation in a store that has none, or another one when it may be replaced.
-- KEYS[1] the installation    KEYS[2] processes       KEYS[3] name of a process's key, without its id
-- ARGV[1] the installation that must be stored, '' for none
-- ARGV[2] the installation to store
-- Returns 'claimed', 'changed' when something else is stored, 'alive' when processes of the other one are
local stored = redis.call('GET', KEYS[1]) or ''
if stored ~= ARGV[1] then return 'changed' end
if stored ~= '' then
  for _, id in ipairs(redis.call('HKEYS', KEYS[2])) do
    if redis.call('EXISTS', KEYS[3] .. id) == 1 then return 'alive' end
  end
end
redis.call('SET', KEYS[1], ARGV[2])
return 'claimed'
