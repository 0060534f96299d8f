/** The scripts of lanes, each with what it shares with the others. */
import { luaScript } from '../../connection/luaScript.ts';
import accept from './acceptMessage.lua';
import append from './appendMessages.lua';
import toDeadLetters from './moveToDeadLetters.lua';
import clear from './clearLanes.lua';
import fail from './failMessage.lua';
import lane from './lane.lua';
import laneHead from './laneHead.lua';
import letters from './letters.lua';
import release from './releaseLane.lua';
import setAside from './setAsideMessage.lua';
import take from './takeLane.lua';

const shared = { includes: { lane, laneHead, letters } };

export const acceptMessage = luaScript(accept, shared);
export const appendMessages = luaScript(append, shared);
export const moveToDeadLetters = luaScript(toDeadLetters, shared);
export const clearLanes = luaScript(clear, shared);
export const failMessage = luaScript(fail, shared);
export const releaseLane = luaScript(release, shared);
export const setAsideMessage = luaScript(setAside, shared);
export const takeLane = luaScript(take, shared);
