-- Lets calls into a leaky bucket that all processes share, as long as its level is not above the rim.
--
-- Every process says how much it has poured in, ever; what is new since its last message is added. A process that is not
-- known says what is left of all that in the bucket, in case this server has forgotten it.
--
-- KEYS  1 the bucket
-- ARGV  1 seconds since 1970, or "" for this server's own clock
--       2 the process, 3 the number of its message
--       4 tokens up to the rim, 5 tokens that drain in a second
--       6 tokens that the process has poured in, 7 what is left of them
--       8... tokens that each call needs
-- Answers with the time; the level before the calls; and for each call 0 (let in) or 2 (too many tokens). With nothing,
-- if a later message came before.

local now = tonumber(ARGV[1])
if not now then
  local time = redis.call('TIME')
  now = time[1] + time[2] / 1000000
end
local process, message = ARGV[2], tonumber(ARGV[3])
local rim, rate = tonumber(ARGV[4]), tonumber(ARGV[5])
local poured, left = tonumber(ARGV[6]), tonumber(ARGV[7])

local kept = redis.call('HMGET', KEYS[1], 'level', 'at', process, process .. ':message')
if message <= (tonumber(kept[4]) or 0) then
  return {}
end
local level, at, before = tonumber(kept[1]) or 0, tonumber(kept[2]) or now, tonumber(kept[3])
level = math.max(0, level - math.max(0, now - at) * rate)
level = math.max(0, level + (before and poured - before or left))

local answer = {string.format('%.6f', now), string.format('%.17g', level)}
for place = 8, #ARGV do
  local needed = tonumber(ARGV[place])
  if level > rim + 0.000001 then
    answer[#answer + 1] = 2
  else
    level, poured = level + needed, poured + needed
    answer[#answer + 1] = 0
  end
end
redis.call('HSET', KEYS[1], 'level', level, 'at', math.max(now, at), process, poured, process .. ':message', message)
redis.call('EXPIRE', KEYS[1], math.ceil(level / rate) + 60)
return answer
