-- Shared by every script that changes a lane: its keys and first values.
-- KEYS[1] pending messages by number, a sorted set
-- KEYS[2] state of the lane, a hash: see laneHead.lua
-- KEYS[3] holder of the lane: the process that delivers now
-- KEYS[4] lanes of the endpoint by when they are due, a sorted set of call ids
-- KEYS[5] those of them with a ringing message, a sorted set
-- KEYS[6] the call, a hash
-- ARGV[1] call id
-- ARGV[2] field of the call that holds the number of the last message done for this endpoint
-- ARGV[3] now, in ms since 1970
-- ARGV[4] time to live of the lane, in ms
local lane = {
  pending = KEYS[1], state = KEYS[2], holder = KEYS[3], lanes = KEYS[4], urgent = KEYS[5], call = KEYS[6],
  id = ARGV[1], told = ARGV[2], now = tonumber(ARGV[3]), keptMs = tonumber(ARGV[4])
}
