-- Appends a change of rights to the log and announces it, in the same step as what ends the right.
-- `change` is JSON. `rightsLogLength` and `rightsLogMs` are set before it.
local function tellRights(key, channel, change)
  redis.call('XADD', key, 'MAXLEN', '~', rightsLogLength, '*', 'change', change)
  redis.call('PEXPIRE', key, rightsLogMs)
  redis.call('PUBLISH', channel, '')
end
