/** Nothing rings twice: a device that knows a call is never again told that it comes in. */
import type { DiaryEntry } from '../clients/diary.ts';
import type { Violation } from './evidence.ts';

export function rangTwice(diary: readonly DiaryEntry[]): readonly Violation[] {
  const known = new Set<string>();
  const found: Violation[] = [];
  for (const entry of diary) {
    const key = (callId: string) => `${callId} at ${entry.userId}'s ${entry.deviceId}`;
    if (entry.kind === 'rang') {
      const rung = key(entry.call.callId);
      if (known.has(rung)) found.push({ rule: 'rang twice', what: rung });
      known.add(rung);
    } else if (entry.kind === 'hello') for (const { callId } of entry.calls) known.add(key(callId));
    else if (entry.kind === 'told') known.add(key(entry.call.callId));
  }
  return found;
}
