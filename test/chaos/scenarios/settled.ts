/** What is to be seen when nothing is under way any more. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Evidence } from '../judge/evidence.ts';
import { hooksMissing } from '../judge/hooks.ts';
import { notUpToDate } from '../judge/events.ts';
import { orphans } from '../judge/state.ts';
import { look } from '../stage/look.ts';
import type { Stage } from '../stage/stage.ts';

const lookEveryMs = 250;

/** Waits a bounded while for notifications and webhooks that are on their way; what is wrong then is for the judge. */
export async function settled(stage: Stage, withinMs = 10_000): Promise<Evidence> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const evidence = await look(stage);
    const { truth, diary, hooks, nodes } = evidence;
    const open = [...hooksMissing(hooks, truth), ...notUpToDate(truth, diary), ...orphans(truth, nodes)];
    if (open.length === 0 || performance.now() > deadline) return evidence;
    await delay(lookEveryMs);
  }
}
