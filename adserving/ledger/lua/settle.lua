-- ARGV: packed {now or 0, hold id, micros, scopes, seconds to remember it, seconds that days stay}.
-- {0 first, 1 late or 2 duplicate, ms}
local ask = cmsgpack.unpack(ARGV[1])
local now, id, micros, scopes = clock(ask[1]), ask[2], ask[3], ask[4]
local at = math.max(now, tonumber(redis.call('GET', P .. 'since') or 0))
local record = cmsgpack.pack({at, micros, scopes})
local before = redis.call('SET', P .. 'settled:' .. id, record, 'NX', 'GET', 'EX', ask[5])
if before then return {2, cmsgpack.unpack(before)[1]} end
local expires = tonumber(redis.call('ZSCORE', P .. 'expiry', id) or 0)
drop({id})
for _, scope in ipairs(scopes) do book(scope, micros, ask[6]) end
return {expires > now and 0 or 1, at}
