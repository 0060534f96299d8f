-- Renames keys with unreadable values, so that an operator can look at them and new values can be written. A key is only
-- renamed if it is still unreadable in the same way, and if the store has the schema version of this program: in another
-- version other types are right.
-- KEYS[1] the schema of the store
-- KEYS[2…] pairs: a key, and the name that it gets
-- ARGV[1] schema version of this program
-- ARGV[2] time to live of a renamed key, in ms
-- ARGV[3…] for each pair, why the key is unreadable, in three values:
--          'type', the expected type, ''
--          'text', the unreadable string, ''
--          'field', the name of a hash field, its unreadable value
-- Returns the numbers of the pairs that were renamed, from 1
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
