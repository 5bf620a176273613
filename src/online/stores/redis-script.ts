// The one script that writes to Redis: commands that are carried out if a guard still holds what they were made for.

/**
 * KEYS: the guard, then the keys of each command. ARGV: what the guard must hold (empty: nothing), what it is to hold, then for each
 * command its name, how many keys and how many arguments, and these. Gives 1, or what the guard holds instead.
 *
 * Redis runs a script alone and hands what it wrote on to replicas and to its log as one transaction, so that after a crash or a
 * failover either all of it is there or nothing. All keys lie in the guard's slot. Commands are sliced by who calls, since Lua
 * takes no more than some thousand arguments at once; those of MSET are one for each key and are put between them here.
 */
export const WRITE_IF_HELD = `
local held = redis.call('GET', KEYS[1]) or ''
if held ~= ARGV[1] then return held end
local key, arg = 2, 3
while arg <= #ARGV do
  local keys, args = tonumber(ARGV[arg + 1]), tonumber(ARGV[arg + 2])
  local call = { ARGV[arg] }
  arg = arg + 3
  if call[1] == 'MSET' then
    for i = 0, keys - 1 do
      call[2 * i + 2] = KEYS[key + i]
      call[2 * i + 3] = ARGV[arg + i]
    end
  else
    for i = 0, keys - 1 do call[i + 2] = KEYS[key + i] end
    for i = 0, args - 1 do call[keys + i + 2] = ARGV[arg + i] end
  end
  redis.call(unpack(call))
  key, arg = key + keys, arg + args
end
redis.call('SET', KEYS[1], ARGV[2], 'KEEPTTL')
return 1
`;
