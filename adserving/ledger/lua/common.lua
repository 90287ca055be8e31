-- What every script of the ledger starts with. KEYS[1] is the prefix of a tenant's keys:
--   ready       run id of the server on which the ledger is complete
--   since       T0 of the last rebuild, ms: no settle is dated before it
--   rebuilding  the rebuild under way: packed {run id, token, T0}
--   holds       hash: hold id -> packed {micros, scopes, pending counters, until when they count}
--   expiry      sorted set: hold id -> ms
--   held        hash: scope -> micros that holds keep
--   spent:DAY, spent:total   hash: owner (c12, l7, t) -> micros billed
--   days        set of the DAYs there are
--   settled:ID  packed {ms, micros, scopes} of a hold that was billed
local P = KEYS[1]

local function clock(given)
  if given > 0 then return given end
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- Gives back what these holds keep of their scopes; packed holds, false where there is none.
local function drop(ids)
  local found = redis.call('HMGET', P .. 'holds', unpack(ids))
  redis.call('HDEL', P .. 'holds', unpack(ids))
  redis.call('ZREM', P .. 'expiry', unpack(ids))
  local back = {}
  for _, packed in ipairs(found) do
    if packed then
      local hold = cmsgpack.unpack(packed)
      for _, scope in ipairs(hold[2]) do back[scope] = (back[scope] or 0) + hold[1] end
    end
  end
  for scope, micros in pairs(back) do
    if redis.call('HINCRBY', P .. 'held', scope, 0 - micros) == 0 then
      redis.call('HDEL', P .. 'held', scope)
    end
  end
  return found
end

local function expire(now, limit)
  local dead = redis.call('ZRANGEBYSCORE', P .. 'expiry', '-inf', now, 'LIMIT', 0, limit)
  if #dead > 0 then drop(dead) end
  return #dead
end

local function split(scope)
  return string.match(scope, '^(%w+):(.+)$')
end

local function book(scope, micros, day_seconds)
  local owner, period = split(scope)
  redis.call('HINCRBY', P .. 'spent:' .. period, owner, micros)
  if period ~= 'total' then
    redis.call('EXPIRE', P .. 'spent:' .. period, day_seconds)
    redis.call('SADD', P .. 'days', period)
  end
end
