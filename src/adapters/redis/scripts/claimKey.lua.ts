/** The first request with an idempotency key gets it; the others hear what became of the first. */
export const claimKey = {
  numberOfKeys: 1,
  source: `
-- KEYS[1] the idempotency key
-- ARGV[1] fingerprint of the request    ARGV[2] how long a request may be at work, in ms
-- Returns {'first'}, {'conflict'}, {'in_progress'} or {'answered', answer}
if redis.call('HSETNX', KEYS[1], 'fingerprint', ARGV[1]) == 1 then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  return {'first'}
end
local stored = redis.call('HMGET', KEYS[1], 'fingerprint', 'answer')
if stored[1] ~= ARGV[1] then return {'conflict'} end
if not stored[2] then return {'in_progress'} end
return {'answered', stored[2]}
`,
} as const;
