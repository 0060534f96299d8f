-- Keeps the record of a call once, and enters it into the history of everybody in it who is still known.
-- KEYS[1] the record    KEYS[2] all records by when they ended
-- KEYS[3…] for each participant: their user, their history
-- ARGV[1] call id       ARGV[2] when it ended      ARGV[3] the record as JSON
-- Returns 'kept', or the number of the first participant whose user is forgotten, from 1: nothing is kept then
if redis.call('EXISTS', KEYS[1]) == 1 then return 'kept' end
for i = 3, #KEYS, 2 do
  if redis.call('EXISTS', KEYS[i]) == 0 then return tostring((i - 1) / 2) end
end
redis.call('SET', KEYS[1], ARGV[3])
redis.call('ZADD', KEYS[2], ARGV[2], ARGV[1])
for i = 4, #KEYS, 2 do redis.call('ZADD', KEYS[i], ARGV[2], ARGV[1]) end
return 'kept'
