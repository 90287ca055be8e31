-- ARGV: run id, packed {token, seconds to remember, seconds that days stay, settles}; a settle is
-- {hold id, ms} as ClickHouse has it, from before T0. Their notices become duplicates again; where
-- one came since T0 and was booked again, that is taken back. 1: done.
for _, settle in ipairs(ask[4]) do
  local key, at = P .. 'settled:' .. settle[1], settle[2]
  local packed = redis.call('GET', key)
  local record = packed and cmsgpack.unpack(packed) or {at, 0, {}}
  if packed and record[1] >= plan[3] then
    for _, scope in ipairs(record[3]) do book(scope, 0 - record[2], ask[3]) end
  end
  record[1] = at
  redis.call('SET', key, cmsgpack.pack(record), 'EX', ask[2])
  drop({settle[1]})
end
return 1
