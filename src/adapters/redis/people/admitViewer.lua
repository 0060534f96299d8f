-- Admits a device with a ticket, and counts the devices that use the ticket. Validity and count are checked in one step:
-- the limit holds for simultaneous devices on all nodes.
-- KEYS[1] the mark of the user in this call: tickets with a smaller mark are void
-- KEYS[2] exists if the ticket is revoked
-- KEYS[3] ids of the devices that use the ticket, a set
-- ARGV[1] mark of the ticket
-- ARGV[2] device id
-- ARGV[3] maximum number of devices
-- ARGV[4] time to live of the set of devices from now, in ms
-- Returns 'void', 'in_use' if the maximum is reached, or 'admitted'
if (tonumber(redis.call('GET', KEYS[1]) or '0') or 0) > tonumber(ARGV[1]) then return 'void' end
if redis.call('EXISTS', KEYS[2]) == 1 then return 'void' end
if redis.call('SISMEMBER', KEYS[3], ARGV[2]) == 0 then
  if redis.call('SCARD', KEYS[3]) >= tonumber(ARGV[3]) then return 'in_use' end
  redis.call('SADD', KEYS[3], ARGV[2])
end
redis.call('PEXPIRE', KEYS[3], ARGV[4])
return 'admitted'
