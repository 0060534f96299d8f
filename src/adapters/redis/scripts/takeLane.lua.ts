/** One at a time delivers what is next in a lane. Whoever finds nothing lets go in the same step, so that no message is overlooked. */
import { laneHead } from './laneHead.lua.ts';

export const takeLane = {
  numberOfKeys: 3,
  source: `
-- KEYS[1] pending messages     KEYS[2] state of the lane    KEYS[3] its holder
-- ARGV[1] who asks             ARGV[2] how long they hold it at most, in ms
-- ARGV[3] now                  ARGV[4] number and ARGV[5] attempt that they were woken for
-- Returns 'busy', 'nothing', {'later', number, attempt, due at} or {'message', attempt, message}
${laneHead}
local holder = redis.call('GET', KEYS[3])
if holder and holder ~= ARGV[1] then return 'busy' end
local head = laneHead(KEYS[1], KEYS[2])
if not head then
  letGo(KEYS[3], ARGV[1])
  return 'nothing'
end
local isWoken = head[1] == tonumber(ARGV[4]) and head[2] == tonumber(ARGV[5])
if not isWoken and head[3] > tonumber(ARGV[3]) then
  letGo(KEYS[3], ARGV[1])
  return {'later', head[1], head[2], head[3]}
end
redis.call('SET', KEYS[3], ARGV[1], 'PX', ARGV[2])
return {'message', head[2], head[4]}
`,
} as const;
