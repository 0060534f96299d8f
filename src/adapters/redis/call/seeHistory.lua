-- Moves the mark up to which a user has seen the history forward, never backwards.
-- KEYS[1] the mark
-- ARGV[1] the new mark, in ms since 1970
-- Returns 'seen'
if tonumber(ARGV[1]) > (tonumber(redis.call('GET', KEYS[1]) or '0') or 0) then redis.call('SET', KEYS[1], ARGV[1]) end
return 'seen'
