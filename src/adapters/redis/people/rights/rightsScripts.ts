/** The scripts that end a right: each announces it in the same step. */
import { rightsLogLength, rightsLogMs } from '../../../../ports/people/rightsLog.ts';
import { luaScript } from '../../connection/luaScript.ts';
import remove from './removeUser.lua';
import revoke from './revokeTicket.lua';
import revokeAll from './revokeAllOfViewer.lua';
import signOut from './signOutUser.lua';
import tellRights from './tellRights.lua';

const shared = { includes: { tellRights }, constants: { rightsLogLength, rightsLogMs } };

export const removeUser = luaScript(remove, shared);
export const revokeTicket = luaScript(revoke, shared);
export const revokeAllOfViewer = luaScript(revokeAll, shared);
export const signOutUser = luaScript(signOut, shared);
