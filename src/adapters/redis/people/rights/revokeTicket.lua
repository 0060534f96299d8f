-- Revokes a ticket and notifies all nodes in one step.
-- KEYS[1] exists if the ticket is revoked
-- KEYS[2] the rights log, a stream
-- ARGV[1] the change of rights, as JSON
-- ARGV[2] longest life of a ticket, in ms: afterwards the revocation is not needed
-- ARGV[3] channel of the rights log
-- Returns 1
-- include tellRights
redis.call('SET', KEYS[1], '1', 'PX', ARGV[2])
tellRights(KEYS[2], ARGV[3], ARGV[1])
return 1
