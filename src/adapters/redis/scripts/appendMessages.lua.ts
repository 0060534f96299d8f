/** Messages join a lane once, whoever appends them and however often. */
import { laneHead } from './laneHead.lua.ts';

export const appendMessages = {
  numberOfKeys: 2,
  source: `
-- KEYS[1] pending messages     KEYS[2] state of the lane
-- ARGV[1] number after which a new lane begins, '' when it is not to be made
-- ARGV[2] how long the lane is kept, in ms             ARGV[3…] number and message, in turn
-- Returns 'unknown', 'nothing' or {number, attempt, due at} of what is next
${laneHead}
local cursor = redis.call('HGET', KEYS[2], 'cursor')
if not cursor then
  if ARGV[1] == '' then return 'unknown' end
  cursor = ARGV[1]
  redis.call('HSET', KEYS[2], 'cursor', cursor)
end
for i = 3, #ARGV, 2 do
  local isNew = tonumber(ARGV[i]) > tonumber(cursor) and redis.call('ZCOUNT', KEYS[1], ARGV[i], ARGV[i]) == 0
  if isNew then redis.call('ZADD', KEYS[1], ARGV[i], ARGV[i + 1]) end
end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
redis.call('PEXPIRE', KEYS[2], ARGV[2])
return due(laneHead(KEYS[1], KEYS[2]))
`,
} as const;
