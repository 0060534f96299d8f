/** Removes a user and their name in the list together. */
export const removeUser = {
  numberOfKeys: 2,
  source: `
-- KEYS[1] the user    KEYS[2] all user ids
-- ARGV[1] id
-- Returns 1 when there was such a user, else 0
redis.call('SREM', KEYS[2], ARGV[1])
local existed = redis.call('HEXISTS', KEYS[1], 'name')
redis.call('DEL', KEYS[1])
return existed
`,
} as const;
