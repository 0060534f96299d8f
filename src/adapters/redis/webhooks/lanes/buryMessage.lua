-- A message that was tried often enough leaves its lane for the dead letters: in one step, or not at all.
-- KEYS[7] dead letters         KEYS[8] their order
-- ARGV[5] its number           ARGV[6] 1 when no other follows in this call
-- ARGV[7] who holds the lane, '' when nobody need      ARGV[8] how many letters are kept
-- ARGV[9] id of the message    ARGV[10] the dead letter
-- Returns 1, or 0 when it was done with before or another holds the lane
-- include lane
-- include laneHead
-- include letters
local holder = redis.call('GET', lane.holder)
if ARGV[7] ~= '' and holder and holder ~= ARGV[7] then return 0 end
if not leaveLane(lane, ARGV[5], ARGV[6]) then return 0 end
addLetter(KEYS[7], KEYS[8], lane.now, ARGV[9], ARGV[10])
keepLetters(KEYS[7], KEYS[8], lane.now, lane.keptMs, tonumber(ARGV[8]))
return 1
