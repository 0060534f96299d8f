/** The user's ended calls. */
import { withNotice } from '../parts/notices.ts';
import { client, history } from '../state.ts';

const pageSize = 5;

/** The newest page, anew: after a call has ended, and when the page opens. */
export async function loadHistory(): Promise<void> {
  const asked = client.value;
  const page = await asked?.history({ limit: pageSize }).catch(() => undefined);
  // If the request fails, keep the old page.
  if (page !== undefined && client.value === asked) history.value = page;
}

export async function loadOlder(): Promise<void> {
  const before = history.value;
  if (before?.next === undefined) return;
  const after = before.next;
  await withNotice(async () => {
    const page = await client.value?.history({ limit: pageSize * 4, after });
    if (page !== undefined && history.value === before) {
      history.value = { ...page, calls: [...before.calls, ...page.calls] };
    }
  });
}

/** New entries stay marked until the page is opened again: the user has only just seen them. */
export async function markSeen(): Promise<void> {
  const [newest] = history.value?.calls ?? [];
  if (newest === undefined || newest.endedAt <= (history.value?.seenUpTo ?? 0)) return;
  await client.value?.seeHistory(newest.endedAt).catch(() => undefined);
}
