-- Puts keys whose values cannot be read out of the way, under another name, and only while they still cannot be read.
-- KEYS[1] the schema version    KEYS[2…] pairs: a key, and its name when it is set aside
-- ARGV[1] the schema version of this program: a store of another one has other types
-- ARGV[2] for how long what is set aside is kept, in ms
-- ARGV[3…] for each pair: what makes it unreadable, and two values
--   'type', the type that it should have, ''     'text', what it holds, ''     'field', a name, what that holds
-- Returns the numbers of the pairs that were set aside, from 1
local isSchema, schema = pcall(function() return cjson.decode(redis.call('GET', KEYS[1])) end)
if not isSchema or tostring(schema.version) ~= ARGV[1] then return {} end
local moved = {}
for i = 1, (#KEYS - 1) / 2 do
  local key, aside = KEYS[2 * i], KEYS[2 * i + 1]
  local why, one, other = ARGV[3 * i], ARGV[3 * i + 1], ARGV[3 * i + 2]
  local type = redis.call('TYPE', key).ok
  local isBroken = false
  if why == 'type' then isBroken = type ~= 'none' and type ~= one
  elseif why == 'text' then isBroken = type == 'string' and redis.call('GET', key) == one
  else isBroken = type == 'hash' and redis.call('HGET', key, one) == other end
  if isBroken then
    redis.call('RENAME', key, aside)
    redis.call('PEXPIRE', aside, ARGV[2])
    moved[#moved + 1] = i
  end
end
return moved
