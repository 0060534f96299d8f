-- Takes one of a ticket's places for a device, unless the ticket is void.
-- KEYS[1] the mark of its user and call      KEYS[2] that it is revoked      KEYS[3] devices that use it
-- ARGV[1] the ticket's mark                  ARGV[2] device id
-- ARGV[3] how many devices may use it        ARGV[4] for how long the places are kept, in ms
-- Returns 'void', 'in_use' or 'admitted'
if (tonumber(redis.call('GET', KEYS[1]) or '0') or 0) > tonumber(ARGV[1]) then return 'void' end
if redis.call('EXISTS', KEYS[2]) == 1 then return 'void' end
if redis.call('SISMEMBER', KEYS[3], ARGV[2]) == 0 then
  if redis.call('SCARD', KEYS[3]) >= tonumber(ARGV[3]) then return 'in_use' end
  redis.call('SADD', KEYS[3], ARGV[2])
end
redis.call('PEXPIRE', KEYS[3], ARGV[4])
return 'admitted'
