/** A failed attempt is counted, and the lane let go until the next is due. */
import { laneHead } from './laneHead.lua.ts';

export const failMessage = {
  numberOfKeys: 3,
  source: `
-- KEYS[1] pending messages     KEYS[2] state of the lane    KEYS[3] its holder
-- ARGV[1] who holds it         ARGV[2] number of the message
-- ARGV[3] attempts so far      ARGV[4] when the next is due ARGV[5] how long the lane is kept, in ms
-- Returns 'nothing' when it is done with or was tried by another, or {number, attempt, due at} of what is next
${laneHead}
local holder = redis.call('GET', KEYS[3])
if holder and holder ~= ARGV[1] then return 'nothing' end
redis.call('DEL', KEYS[3])
if redis.call('ZCOUNT', KEYS[1], ARGV[2], ARGV[2]) == 0 then return due(laneHead(KEYS[1], KEYS[2])) end
redis.call('HSET', KEYS[2], 'seq', ARGV[2], 'attempt', ARGV[3], 'dueAt', ARGV[4])
redis.call('PEXPIRE', KEYS[1], ARGV[5])
redis.call('PEXPIRE', KEYS[2], ARGV[5])
return due(laneHead(KEYS[1], KEYS[2]))
`,
} as const;
