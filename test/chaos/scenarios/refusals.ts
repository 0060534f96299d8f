/** What devices were refused, for people to read: how often each. */
import type { Diary } from '../clients/diary.ts';

export function refusalsIn(diary: Diary): readonly string[] {
  const counts = new Map<string, number>();
  for (const { what, why } of diary.of('refused')) {
    const line = `${what}: ${why}`;
    counts.set(line, (counts.get(line) ?? 0) + 1);
  }
  return [...counts].map(([line, count]) => `refused ${count} times, ${line}`);
}
