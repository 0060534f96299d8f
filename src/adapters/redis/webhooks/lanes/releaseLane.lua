-- Releases a lane with messages left, if the caller still holds it.
-- KEYS[1] pending messages by number, a sorted set
-- KEYS[2] state of the lane, a hash
-- KEYS[3] holder of the lane
-- ARGV[1] the holder who asks
-- Returns {number, attempts so far, due at in ms since 1970} of the next message, or 'nothing'
-- include laneHead
letGo(KEYS[3], ARGV[1])
return due(laneHead(KEYS[1], KEYS[2]))
