/** Scripts about the schema version, the lease of a migration and the processes that use the store. */
import type { LuaScript } from '../connection/connection.ts';

/** Registers a process with a store of its version; a store without keys gets that version. */
export const enterStore: LuaScript = {
  numberOfKeys: 4,
  source: `
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
`,
};

/** A process says that it is alive. A store that lost its data gets the schema again. */
export const renewProcess: LuaScript = {
  numberOfKeys: 4,
  source: `
-- KEYS[1] the schema          KEYS[2] processes       KEYS[3] this process       KEYS[4] the installation
-- ARGV[1] the schema of a store that lost it          ARGV[5] the installation, likewise
-- ARGV[2] process id          ARGV[3] its version     ARGV[4] how long it counts as alive, in ms
-- Returns the schema that is stored
redis.call('SET', KEYS[1], ARGV[1], 'NX')
redis.call('SET', KEYS[4], ARGV[5], 'NX')
redis.call('HSET', KEYS[2], ARGV[2], ARGV[3])
redis.call('SET', KEYS[3], ARGV[3], 'PX', ARGV[4])
return redis.call('GET', KEYS[1])
`,
};

/** Enters an installation in a store that has none, or another one when it may be replaced. */
export const claimInstallation: LuaScript = {
  numberOfKeys: 3,
  source: `
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
`,
};

/** Takes the lease of a migration unless another process has it or processes of another version are alive. */
export const takeMigrationLease: LuaScript = {
  numberOfKeys: 4,
  source: `
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
`,
};

const fenceKeys = 1;

/** Adds to a script that it does nothing once the lease is another's, and else keeps the lease for longer. */
export function fenced({ numberOfKeys, source }: LuaScript): LuaScript {
  return {
    numberOfKeys: fenceKeys + numberOfKeys,
    source: `
local lease, holder, leaseMs = table.remove(KEYS, 1), table.remove(ARGV, 1), table.remove(ARGV, 1)
if redis.call('GET', lease) ~= holder then return redis.error_reply('FENCED another process migrates the store') end
redis.call('PEXPIRE', lease, leaseMs)
${source}`,
  };
}

/** Writes how far a migration is, or that it is done. */
export const writeSchema: LuaScript = {
  numberOfKeys: 1,
  source: `
-- KEYS[1] the schema    ARGV[1] what to store
redis.call('SET', KEYS[1], ARGV[1])
return 'saved'
`,
};

/** Lets the lease go. */
export const releaseLease: LuaScript = {
  numberOfKeys: 1,
  source: `
-- KEYS[1] the lease    ARGV[1] who holds it
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 'released'
`,
};
