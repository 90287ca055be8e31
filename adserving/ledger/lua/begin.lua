-- ARGV: run id, packed {now or 0, a new token, 1 to rebuild what is complete}. nil: it is complete.
-- Else the rebuild under way, {token, T0, now}: that of another process where it is of this server. What
-- was billed before T0 is to come from ClickHouse, so the ledger forgets it; what is billed from now
-- on is dated T0 or later and stays.
local ask = cmsgpack.unpack(ARGV[2])
local now = clock(ask[1])
if redis.call('GET', P .. 'ready') == ARGV[1] and ask[3] == 0 then return false end
local known = redis.call('GET', P .. 'rebuilding')
if known then
  local plan = cmsgpack.unpack(known)
  if plan[1] == ARGV[1] then return {plan[2], plan[3], now} end
end
local since = math.max(now, tonumber(redis.call('GET', P .. 'since') or 0)) + 1
redis.call('DEL', P .. 'ready', P .. 'spent:total', P .. 'rebuilder')
for _, day in ipairs(redis.call('SMEMBERS', P .. 'days')) do redis.call('DEL', P .. 'spent:' .. day) end
redis.call('DEL', P .. 'days')
redis.call('SET', P .. 'since', string.format('%.0f', since))
redis.call('SET', P .. 'rebuilding', cmsgpack.pack({ARGV[1], ask[2], since}))
return {ask[2], since, now}
