-- ARGV: run id, packed {token, seconds that days stay, sums}; a sum is {scope, micros}. 1: complete.
for _, sum in ipairs(ask[3]) do book(sum[1], sum[2], ask[2]) end
redis.call('DEL', P .. 'rebuilding')
redis.call('SET', P .. 'ready', ARGV[1])
return 1
