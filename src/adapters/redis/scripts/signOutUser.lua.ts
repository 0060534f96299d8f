import { tellRights } from './tellRights.lua.ts';

/** Gives a user a new generation, so that tokens of before are void, and tells so. */
export const signOutUser = {
  numberOfKeys: 2,
  source: `
-- KEYS[1] the user                           KEYS[2] the rights log
-- ARGV[1] the new generation                 ARGV[2] the change of rights as JSON
-- ARGV[3] the channel of the rights log
-- Returns 1 when there is such a user, else 0
if redis.call('HEXISTS', KEYS[1], 'name') == 0 then return 0 end
redis.call('HSET', KEYS[1], 'generation', ARGV[1])
${tellRights({ key: 'KEYS[2]', channel: 'ARGV[3]', change: 'ARGV[2]' })}
return 1
`,
} as const;
