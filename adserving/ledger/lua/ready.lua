-- KEYS: prefixes of several accounts; ARGV: run id. 1 for each whose ledger is complete, else 0.
local answers = {}
for i, prefix in ipairs(KEYS) do
  answers[i] = redis.call('GET', prefix .. 'ready') == ARGV[1] and 1 or 0
end
return answers
