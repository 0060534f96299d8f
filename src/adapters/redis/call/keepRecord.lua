-- Stores the record of an ended call once, and adds it to the history of each participant, all in one step. Stores
-- nothing if a participant has been erased: the caller removes that user from the record and tries again.
-- KEYS[1] the record
-- KEYS[2] all records by their end, a sorted set
-- KEYS[3…] for each participant: the user, and the user's history (a sorted set)
-- ARGV[1] call id
-- ARGV[2] end of the call, in ms since 1970
-- ARGV[3] the record as JSON
-- Returns 'kept', also if the record exists; otherwise the number of the first erased participant, from 1, as text
if redis.call('EXISTS', KEYS[1]) == 1 then return 'kept' end
for i = 3, #KEYS, 2 do
  if redis.call('EXISTS', KEYS[i]) == 0 then return tostring((i - 1) / 2) end
end
redis.call('SET', KEYS[1], ARGV[3])
redis.call('ZADD', KEYS[2], ARGV[2], ARGV[1])
for i = 4, #KEYS, 2 do redis.call('ZADD', KEYS[i], ARGV[2], ARGV[1]) end
return 'kept'
