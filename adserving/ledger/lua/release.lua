-- ARGV: packed {now or 0, hold id}. 1 when a hold was given back that had not expired. The pending
-- counts of its frequency caps go too, unless they may have expired themselves.
local ask = cmsgpack.unpack(ARGV[1])
local now, id = clock(ask[1]), ask[2]
local expires = tonumber(redis.call('ZSCORE', P .. 'expiry', id) or 0)
local packed = drop({id})[1]
if not packed then return 0 end
local hold = cmsgpack.unpack(packed)
if now < hold[4] then
  for _, pending in ipairs(hold[3]) do
    if tonumber(redis.call('GET', pending) or 0) > 0 then redis.call('DECR', pending) end
  end
end
return expires > now and 1 or 0
