/** A message that was tried often enough leaves its lane for the dead letters: in one step, or not at all. */
import { laneHead, laneParts, leaveLane } from './laneHead.lua.ts';

/** Letters have a bound in time and in number: the oldest go first. */
export const keepLetters = `
local function keepLetters(letters, order, now, keptMs, most)
  local over = redis.call('ZRANGEBYSCORE', order, '-inf', string.format('%.0f', now - keptMs), 'LIMIT', 0, 1000)
  local surplus = redis.call('ZCARD', order) - #over - most
  if surplus > 0 then over = redis.call('ZRANGE', order, 0, math.min(1000, #over + surplus) - 1) end
  if #over > 0 then
    redis.call('ZREM', order, unpack(over))
    redis.call('HDEL', letters, unpack(over))
  end
  redis.call('PEXPIRE', letters, keptMs)
  redis.call('PEXPIRE', order, keptMs)
end
local function addLetter(letters, order, now, id, letter)
  -- No two have the same place, so that a page can begin after any of them.
  local last = redis.call('ZREVRANGE', order, 0, 0, 'WITHSCORES')
  local place = math.max(now, (tonumber(last[2]) or 0) + 1)
  redis.call('ZADD', order, string.format('%.0f', place), id)
  redis.call('HSET', letters, id, letter)
end
`;

export const buryMessage = {
  numberOfKeys: 8,
  source: `${laneParts}
-- KEYS[7] dead letters         KEYS[8] their order
-- ARGV[5] its number           ARGV[6] 1 when no other follows in this call
-- ARGV[7] who holds the lane, '' when nobody need      ARGV[8] how many letters are kept
-- ARGV[9] id of the message    ARGV[10] the dead letter
-- Returns 1, or 0 when it was done with before or another holds the lane
${laneHead}${leaveLane}${keepLetters}
local holder = redis.call('GET', lane.holder)
if ARGV[7] ~= '' and holder and holder ~= ARGV[7] then return 0 end
if not leaveLane(lane, ARGV[5], ARGV[6]) then return 0 end
addLetter(KEYS[7], KEYS[8], lane.now, ARGV[9], ARGV[10])
keepLetters(KEYS[7], KEYS[8], lane.now, lane.keptMs, tonumber(ARGV[8]))
return 1
`,
} as const;
