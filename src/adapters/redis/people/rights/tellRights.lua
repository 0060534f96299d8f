-- Shared by the scripts that end a right: appends the change to the rights log and wakes its readers, in the same step
-- as the change itself. A node that missed the message finds the entry in the log.
-- The constants `rightsLogLength` (entries, approximate) and `rightsLogMs` (time to live in ms) come before it.
-- key      the rights log, a stream
-- channel  where its readers are woken; the message is empty
-- change   the change of rights, as JSON
local function tellRights(key, channel, change)
  redis.call('XADD', key, 'MAXLEN', '~', rightsLogLength, '*', 'change', change)
  redis.call('PEXPIRE', key, rightsLogMs)
  redis.call('PUBLISH', channel, '')
end
