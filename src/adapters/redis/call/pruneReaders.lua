-- Removes consumers of the outbox that have been silent for long and hold no pending entries. The check and the removal
-- are one step: a consumer that has just taken entries stays.
-- KEYS[1] the outbox, a stream
-- ARGV[1] name of the consumer group
-- ARGV[2] silence after which a consumer is removed, in ms
-- Returns how many consumers were removed
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
