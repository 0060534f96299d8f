-- Extends the leases of lanes. A lane that another process has taken is left alone.
-- KEYS[1…] the holder of each lane
-- ARGV[1] the holder who asks
-- ARGV[2] new time until each lane becomes free by itself, in ms
-- Returns how many lanes the asking holder still holds
local kept = 0
for _, holder in ipairs(KEYS) do
  if redis.call('GET', holder) == ARGV[1] then kept = kept + redis.call('PEXPIRE', holder, ARGV[2]) end
end
return kept
