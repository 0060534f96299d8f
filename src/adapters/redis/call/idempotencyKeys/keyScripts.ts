/** The scripts of idempotency keys, each with what it shares with the others. */
import { luaScript } from '../../connection/luaScript.ts';
import claim from './claimKey.lua';
import heldKeys from './heldKeys.lua';
import renew from './renewKey.lua';
import settle from './settleKey.lua';

const shared = { includes: { heldKeys } };

export const claimKey = luaScript(claim, shared);
export const renewKey = luaScript(renew, shared);
export const settleKey = luaScript(settle, shared);
