import type { LuaScript } from '../../connection/luaScript.ts';

/** Guards a script: if another process holds the lease, it fails; otherwise it extends the lease first. */
export function fenced(script: LuaScript): LuaScript {
  return `
local lease, holder, leaseMs = table.remove(KEYS, 1), table.remove(ARGV, 1), table.remove(ARGV, 1)
if redis.call('GET', lease) ~= holder then return redis.error_reply('FENCED another process migrates the store') end
redis.call('PEXPIRE', lease, leaseMs)
${script}`;
}
