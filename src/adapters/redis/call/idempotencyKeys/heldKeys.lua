-- Shared by the scripts of idempotency keys: reads and writes the value of a key.
-- In progress: "c|end of the lease|fingerprint|id|token". Finished: "d|end of life|fingerprint|outcome". Times are in ms
-- since 1970, by the clock of Redis. Values are short, so that Redis stores the keys of a scope as one listpack.
local function nowMs()
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end
local function read(value)
  if not value then return nil end
  local untilMs, print, outcome = value:match('^d|(%d+)|([^|]*)|(.*)$')
  if untilMs then return {isDone = true, untilMs = tonumber(untilMs), print = print, what = outcome} end
  local lease, print, id, token = value:match('^c|(%d+)|([^|]*)|([^|]*)|([^|]*)$')
  if not lease then return nil end
  return {isDone = false, untilMs = tonumber(lease), print = print, what = id, token = token}
end
local function claimed(untilMs, print, id, token)
  return string.format('c|%.0f|%s|%s|%s', untilMs, print, id, token)
end
local function isForgotten(held, now, lifeMs)
  return held.untilMs + (held.isDone and 0 or lifeMs) <= now
end
-- The oldest that is done goes; what somebody works on stays.
local function makeRoom(key, now, lifeMs, most)
  local all = redis.call('HGETALL', key)
  local oldest, left = nil, #all / 2
  for i = 1, #all, 2 do
    local held = read(all[i + 1])
    if not held or isForgotten(held, now, lifeMs) then
      redis.call('HDEL', key, all[i])
      left = left - 1
    elseif (held.isDone or held.untilMs <= now) and (not oldest or held.untilMs < oldest.untilMs) then
      oldest = {field = all[i], untilMs = held.untilMs}
    end
  end
  if left < most then return true end
  if not oldest then return false end
  redis.call('HDEL', key, oldest.field)
  return true
end
