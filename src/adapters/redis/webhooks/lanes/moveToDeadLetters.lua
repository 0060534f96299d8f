-- Moves a message that was tried too often from its lane to the dead letters, in one step.
-- KEYS[1…6] and ARGV[1…4] as in lane.lua
-- KEYS[7] the dead letters by id, a hash
-- KEYS[8] their order, a sorted set
-- ARGV[5] number of the message
-- ARGV[6] '1' if it is the last message of the call, else '0'
-- ARGV[7] holder of the lane, '' if it does not matter who holds it
-- ARGV[8] maximum number of dead letters; the oldest are dropped
-- ARGV[9] id of the message
-- ARGV[10] the dead letter, as JSON
-- Returns 1, or 0 if the message is no longer in the lane or another process holds the lane
-- include lane
-- include laneHead
-- include letters
local holder = redis.call('GET', lane.holder)
if ARGV[7] ~= '' and holder and holder ~= ARGV[7] then return 0 end
if not leaveLane(lane, ARGV[5], ARGV[6]) then return 0 end
addLetter(KEYS[7], KEYS[8], lane.now, ARGV[9], ARGV[10])
keepLetters(KEYS[7], KEYS[8], lane.now, lane.keptMs, tonumber(ARGV[8]))
return 1
