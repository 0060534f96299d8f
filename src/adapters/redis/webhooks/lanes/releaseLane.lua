-- Lets a lane go in which there is more to do.
-- KEYS[1] pending messages     KEYS[2] state of the lane    KEYS[3] its holder
-- ARGV[1] who holds it
-- Returns 'nothing' or {number, attempt, due at} of what is next
-- include laneHead
letGo(KEYS[3], ARGV[1])
return due(laneHead(KEYS[1], KEYS[2]))
