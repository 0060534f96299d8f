/** A message was accepted: the next may go. */
import { leaveLane } from './laneHead.lua.ts';

export const acceptMessage = {
  numberOfKeys: 2,
  source: `
-- KEYS[1] pending messages     KEYS[2] state of the lane
-- ARGV[1] its number           ARGV[2] how long the lane is kept, and ARGV[3] when nothing is left in it, in ms
-- Returns 1, or 0 when it was done with before
${leaveLane}
return leaveLane(KEYS[1], KEYS[2], ARGV[1], ARGV[2], ARGV[3]) and 1 or 0
`,
} as const;
