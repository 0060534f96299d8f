/** Redis takes no writes for some seconds: first since it is full, then since it has no replica that it must have. */
import type { Store } from '../../chaos/stage/store.ts';
import { pause } from '../torment.ts';
import type { Torment, Window } from '../torment.ts';

export type Refusal = 'full' | 'read-only';

const refusesForMs = 3_000;
const settings: Readonly<Record<Refusal, { readonly name: string; readonly on: string; readonly off: string }>> = {
  full: { name: 'maxmemory', on: '1mb', off: '0' },
  'read-only': { name: 'min-replicas-to-write', on: '1', off: '0' },
};

export async function refuseWrites(torment: Torment, why: Refusal): Promise<Window> {
  const { store } = torment.stage;
  const { name, on, off } = settings[why];
  const from = Date.now();
  await set(store, name, on);
  torment.tell(`Redis takes no writes: ${why}`);
  try {
    await pause(torment, refusesForMs);
  } finally {
    await set(store, name, off);
  }
  torment.tell('Redis takes writes again');
  return { from, to: Date.now() };
}

const set = (store: Store, name: string, value: string): Promise<unknown> =>
  store.read((client) => client.configSet(name, value));
