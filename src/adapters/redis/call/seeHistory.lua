-- Moves a mark forward, never back.
-- KEYS[1] the mark    ARGV[1] where to
if tonumber(ARGV[1]) > (tonumber(redis.call('GET', KEYS[1]) or '0') or 0) then redis.call('SET', KEYS[1], ARGV[1]) end
return 'seen'
