/** Keeps the answer of the first request. One whose claim has lapsed meanwhile settles nothing. */
export const settleKey = {
  numberOfKeys: 1,
  source: `
-- KEYS[1] the idempotency key
-- ARGV[1] answer    ARGV[2] how long it is remembered, in ms
-- Returns 1, or 0 when nobody claims the key
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('HSET', KEYS[1], 'answer', ARGV[1])
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
`,
} as const;
