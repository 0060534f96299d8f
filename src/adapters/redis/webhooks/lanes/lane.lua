-- The keys and the first values of every script that changes a lane.
-- KEYS[1] pending messages     KEYS[2] state of the lane    KEYS[3] its holder
-- KEYS[4] lanes of the endpoint by when they are due        KEYS[5] those of them that ring     KEYS[6] the call
-- ARGV[1] id of the call       ARGV[2] field of the call that says how far the endpoint was told
-- ARGV[3] now                  ARGV[4] how long the lane is kept, in ms
local lane = {
  pending = KEYS[1], state = KEYS[2], holder = KEYS[3], lanes = KEYS[4], urgent = KEYS[5], call = KEYS[6],
  id = ARGV[1], told = ARGV[2], now = tonumber(ARGV[3]), keptMs = tonumber(ARGV[4])
}
