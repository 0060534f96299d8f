/** The user's own settings: who may call them, and when. */
import type { ChangeSettings } from '../../client/index.ts';
import { withNotice } from '../parts/notices.ts';
import { refreshCallable } from './people.ts';
import { client, settings } from '../state.ts';

export async function loadSettings(): Promise<void> {
  settings.value = await client.value?.settings();
}

export async function changeSettings(change: ChangeSettings): Promise<void> {
  await withNotice(async () => {
    const changed = await client.value?.changeSettings(change);
    if (changed) settings.value = changed;
    if (change.callingOn !== undefined) await refreshCallable();
  });
}
