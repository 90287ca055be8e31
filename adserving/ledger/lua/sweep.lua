-- ARGV: packed {now or 0, holds to expire}. How many had expired.
local ask = cmsgpack.unpack(ARGV[1])
return expire(clock(ask[1]), ask[2])
