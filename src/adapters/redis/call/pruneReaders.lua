-- Forgets readers of the outbox that died long ago and owe nothing. Atomic: one that has just taken entries stays.
-- KEYS[1] the outbox
-- ARGV[1] name of the group    ARGV[2] silence after which a reader is forgotten, in ms
-- Returns how many were forgotten
local forgotten = 0
for _, fields in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do
  local reader = {}
  for i = 1, #fields, 2 do reader[fields[i]] = fields[i + 1] end
  if reader.pending == 0 and reader.idle > tonumber(ARGV[2]) then
    redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], reader.name)
    forgotten = forgotten + 1
  end
end
return forgotten
