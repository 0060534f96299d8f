-- Letters have a bound in time and in number: the oldest go first.
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
