-- Shared by the scripts that write dead letters: limits their number and age. The oldest are dropped first, at most
-- 1,000 a run.
-- letters  the dead letters by id, a hash
-- order    their ids by place, a sorted set; a place is a time in ms since 1970
-- now      in ms since 1970
-- keptMs   time to live, in ms
-- most     maximum number
local function keepLetters(letters, order, now, keptMs, most)
  local over = redis.call('ZRANGEBYSCORE', order, '-inf', string.format('%.0f', now - keptMs), 'LIMIT', 0, 1000)
  local surplus = redis.call('ZCARD', order) - #over - most
  if surplus > 0 then over = redis.call('ZRANGE', order, 0, math.min(1000, #over + surplus) - 1) end
  if #over > 0 then
    redis.call('ZREM', order, unpack(over))
    redis.call('HDEL', letters, unpack(over))
  end
  redis.call('PEXPIRE', letters, keptMs)
  redis.call('PEXPIRE', order, keptMs)
end
local function addLetter(letters, order, now, id, letter)
  -- No two have the same place, so that a page can begin after any of them.
  local last = redis.call('ZREVRANGE', order, 0, 0, 'WITHSCORES')
  local place = math.max(now, (tonumber(last[2]) or 0) + 1)
  redis.call('ZADD', order, string.format('%.0f', place), id)
  redis.call('HSET', letters, id, letter)
end
