/** A message that was tried often enough leaves its lane for the dead letters: in one step, or not at all. */
import { leaveLane } from './laneHead.lua.ts';

export const buryMessage = {
  numberOfKeys: 4,
  source: `
-- KEYS[1] pending messages     KEYS[2] state of the lane    KEYS[3] dead letters    KEYS[4] their order
-- ARGV[1] its number           ARGV[2] how long all of this is kept, and ARGV[3] a lane when nothing is left in it, in ms
-- ARGV[4] id of the message    ARGV[5] the dead letter      ARGV[6] now
-- Returns 1, or 0 when it was done with before
${leaveLane}
if not leaveLane(KEYS[1], KEYS[2], ARGV[1], ARGV[2], ARGV[3]) then return 0 end
local oldest = tonumber(ARGV[6]) - tonumber(ARGV[2])
local over = redis.call('ZRANGEBYSCORE', KEYS[4], '-inf', string.format('%.0f', oldest), 'LIMIT', 0, 1000)
if #over > 0 then
  redis.call('ZREM', KEYS[4], unpack(over))
  redis.call('HDEL', KEYS[3], unpack(over))
end
-- No two have the same place, so that a page can begin after any of them.
local last = redis.call('ZREVRANGE', KEYS[4], 0, 0, 'WITHSCORES')
local place = math.max(tonumber(ARGV[6]), (tonumber(last[2]) or 0) + 1)
redis.call('ZADD', KEYS[4], string.format('%.0f', place), ARGV[4])
redis.call('HSET', KEYS[3], ARGV[4], ARGV[5])
redis.call('PEXPIRE', KEYS[3], ARGV[2])
redis.call('PEXPIRE', KEYS[4], ARGV[2])
return 1
`,
} as const;
