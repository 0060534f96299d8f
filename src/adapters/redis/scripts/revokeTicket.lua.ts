import { tellRights } from './tellRights.lua.ts';

export const revokeTicket = {
  numberOfKeys: 2,
  source: `
-- KEYS[1] that it is revoked                 KEYS[2] the rights log
-- ARGV[1] the change of rights as JSON       ARGV[2] how long a ticket may be good, in ms
-- ARGV[3] the channel of the rights log
redis.call('SET', KEYS[1], '1', 'PX', ARGV[2])
${tellRights({ key: 'KEYS[2]', channel: 'ARGV[3]', change: 'ARGV[1]' })}
return 1
`,
} as const;
