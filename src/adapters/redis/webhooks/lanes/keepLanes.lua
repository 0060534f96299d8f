-- Whoever still holds lanes holds them for longer.
-- KEYS… holders of lanes
-- ARGV[1] who asks             ARGV[2] for how long, in ms
-- Returns how many were held by them
local kept = 0
for _, holder in ipairs(KEYS) do
  if redis.call('GET', holder) == ARGV[1] then kept = kept + redis.call('PEXPIRE', holder, ARGV[2]) end
end
return kept
