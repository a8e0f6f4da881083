-- Lets calls in where the windows of requests and of tokens have room for them, counted over all processes.
--
-- Every process says what it has counted itself in a window. That is kept, and the sum of all: so a message that comes
-- twice or late, or whose answer is lost, does no harm, and the next one puts right what this server may have forgotten.
--
-- KEYS  1 requests, 2 tokens
-- ARGV  1 seconds since 1970, or "" for this server's own clock
--       2 the process, 3 the number of its message
--       4-7 requests: limit, seconds of a window, the window that the process has open, what it has counted in that
--       8-11 tokens: the same
--       12... tokens that each call needs
-- Answers with the time; the window of requests, and what all others have counted in it; the same of tokens; and for
-- each call 0 (let in), 1 (too many requests) or 2 (too many tokens). With nothing, if a later message came before.

local now = tonumber(ARGV[1])
if not now then
  local time = redis.call('TIME')
  now = time[1] + time[2] / 1000000
end
local process, message = ARGV[2], tonumber(ARGV[3])

local function opened(key, first)
  local seconds, said_of, said = tonumber(ARGV[first + 1]), tonumber(ARGV[first + 2]), tonumber(ARGV[first + 3])
  local kept = redis.call('HMGET', key, 'window', 'total', process, process .. ':message')
  local last = tonumber(kept[1]) or -1
  -- A clock that is set back waits for the time it had.
  local number = math.max(math.floor(now / seconds), last)
  local window = {key = key, limit = tonumber(ARGV[first]), seconds = seconds, number = number}
  if number == last then
    window.total, window.mine, window.message = tonumber(kept[2]), tonumber(kept[3]) or 0, tonumber(kept[4]) or 0
  else
    redis.call('DEL', key)
    window.total, window.mine, window.message = 0, 0, 0
  end
  if said_of == number and message > window.message then
    window.total = window.total - window.mine + said
    window.mine = said
  end
  return window
end

local function keep(window)
  redis.call('HSET', window.key, 'window', window.number, 'total', window.total,
    process, window.mine, process .. ':message', message)
  redis.call('EXPIRE', window.key, 2 * window.seconds)
end

local requests, tokens = opened(KEYS[1], 4), opened(KEYS[2], 8)
if message <= requests.message or message <= tokens.message then
  return {}
end
local answer = {
  string.format('%.6f', now),
  requests.number, requests.total - requests.mine,
  tokens.number, tokens.total - tokens.mine,
}
for place = 12, #ARGV do
  local needed = tonumber(ARGV[place])
  local verdict = 0
  if requests.total >= requests.limit then
    verdict = 1
  elseif tokens.total + needed > tokens.limit then
    verdict = 2
  else
    requests.total, requests.mine = requests.total + 1, requests.mine + 1
    tokens.total, tokens.mine = tokens.total + needed, tokens.mine + needed
  end
  answer[#answer + 1] = verdict
end
keep(requests)
keep(tokens)
return answer
