/** Part of the scripts that end a right: appends the change to the log and announces it, in the same step. */
import { rightsLogLength, rightsLogMs } from '../../../ports/people/rightsLog.ts';

/** Names of the Lua values that hold the log's key, its channel and the change as JSON. */
export interface RightsArguments {
  readonly key: string;
  readonly channel: string;
  readonly change: string;
}

export function tellRights({ key, channel, change }: RightsArguments): string {
  return `
redis.call('XADD', ${key}, 'MAXLEN', '~', ${rightsLogLength}, '*', 'change', ${change})
redis.call('PEXPIRE', ${key}, ${rightsLogMs})
redis.call('PUBLISH', ${channel}, '')
`;
}
