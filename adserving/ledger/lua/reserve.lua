-- KEYS[2]: prefix of the user's frequency counters, '' without a user. ARGV: run id, packed
-- {now or 0, holds to expire, pending seconds, slots}; a slot is {hold id, ttl ms, wants}, a want
-- {micros, scopes, what each may reach, counters, what each may reach}.
-- nil: not complete. Else per slot {index of the want that is held or -1, micros left in its
-- tightest scope or -1, then per want passed over -1 for frequency or the index of its scope}.
if redis.call('GET', P .. 'ready') ~= ARGV[1] then return false end
local ask = cmsgpack.unpack(ARGV[2])
local now, pending_seconds = clock(ask[1]), ask[3]
expire(now, ask[2])

local function is_capped(counters, limits)
  for i, key in ipairs(counters) do
    local shown = tonumber(redis.call('GET', KEYS[2] .. key) or 0)
    local pending = tonumber(redis.call('GET', KEYS[2] .. 'p:' .. key) or 0)
    if shown + pending >= limits[i] then return true end
  end
  return false
end

-- What each scope holds, and what the tightest has left; or nil and the first that is used up.
local function room(micros, scopes, caps)
  if #scopes == 0 then return {}, -1 end
  local held, left = redis.call('HMGET', P .. 'held', unpack(scopes)), nil
  for i, scope in ipairs(scopes) do
    local owner, period = split(scope)
    local spent = tonumber(redis.call('HGET', P .. 'spent:' .. period, owner) or 0)
    held[i] = tonumber(held[i] or 0)
    local free = caps[i] - spent - held[i] - micros
    if free < 0 then return nil, i - 1 end
    if not left or free < left then left = free end
  end
  return held, left
end

local function hold(id, ttl_ms, want, held)
  local micros, scopes, pending = want[1], want[2], {}
  if #scopes > 0 then
    local raised = {}
    for i, scope in ipairs(scopes) do
      raised[2 * i - 1] = scope
      raised[2 * i] = string.format('%.0f', held[i] + micros)
    end
    redis.call('HSET', P .. 'held', unpack(raised))
  end
  for i, key in ipairs(want[4]) do
    pending[i] = KEYS[2] .. 'p:' .. key
    redis.call('INCR', pending[i])
    redis.call('EXPIRE', pending[i], pending_seconds)
  end
  local kept = {micros, scopes, pending, now + 1000 * pending_seconds}
  redis.call('HSET', P .. 'holds', id, cmsgpack.pack(kept))
  redis.call('ZADD', P .. 'expiry', now + ttl_ms, id)
end

local answers = {}
for s, slot in ipairs(ask[4]) do
  local answer = {-1, -1}
  for w, want in ipairs(slot[3]) do
    local held, left
    if is_capped(want[4], want[5]) then
      left = -1
    else
      held, left = room(want[1], want[2], want[3])
    end
    if held then
      hold(slot[1], slot[2], want, held)
      answer[1], answer[2] = w - 1, left
      break
    end
    answer[#answer + 1] = left
  end
  answers[s] = answer
end
return answers
