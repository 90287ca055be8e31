-- The steps of a rebuild are void once another one has begun, or on another server.
local ask = cmsgpack.unpack(ARGV[2])
local known = redis.call('GET', P .. 'rebuilding')
local plan = known and cmsgpack.unpack(known) or {}
if plan[1] ~= ARGV[1] or plan[2] ~= ask[1] then return 0 end
