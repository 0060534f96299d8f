/** Connections that `fetch` keeps for later are this process's own: they are closed before a server's are counted. */
import * as z from 'zod';

/** Where Node keeps the agent of `fetch`. */
const agentOfFetch = Symbol.for('undici.globalDispatcher.1');
const agent = z.custom<{ destroy(): Promise<void> }>(
  (value) => value instanceof Object && 'destroy' in value && typeof value.destroy === 'function',
);

/** No `fetch` answers in this process afterwards. */
export async function closeFetch(): Promise<void> {
  await agent.parse(Reflect.get(globalThis, agentOfFetch)).destroy();
}
