/** Dead letters of one lane go back into it. They come before what is newer, since they are numbered. */
export const reviveMessages = {
  numberOfKeys: 4,
  source: `
-- KEYS[1] pending messages     KEYS[2] state of the lane    KEYS[3] dead letters    KEYS[4] their order
-- ARGV[1] how long the lane is kept, in ms             ARGV[2…] id, number and message, in turn
-- Returns how many were dead
local revived, last = 0, 0
for i = 2, #ARGV, 3 do
  if redis.call('HDEL', KEYS[3], ARGV[i]) == 1 then
    redis.call('ZREM', KEYS[4], ARGV[i])
    redis.call('ZADD', KEYS[1], ARGV[i + 1], ARGV[i + 2])
    revived, last = revived + 1, math.max(last, tonumber(ARGV[i + 1]))
  end
end
if revived > 0 then
  -- The lane may have been forgotten since: what was given up was done with.
  redis.call('HSETNX', KEYS[2], 'cursor', last)
  redis.call('PEXPIRE', KEYS[1], ARGV[1])
  redis.call('PEXPIRE', KEYS[2], ARGV[1])
end
return revived
`,
} as const;
