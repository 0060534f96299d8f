/** Herds of 32 in one call, one after another: everybody answers, leaves, comes back, joins anew and holds at once. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Device } from '../../chaos/clients/device.ts';
import { Herd } from '../../chaos/herd/herd.ts';
import { lostCall, viewOf } from '../../chaos/herd/view.ts';
import { ghosts, refusedForContention, unanswered } from '../../chaos/judge/ghosts.ts';
import type { Refusal } from '../../chaos/judge/ghosts.ts';
import { readTruth } from '../../chaos/stage/truth.ts';
import { isOver, once, pause } from '../torment.ts';
import type { Torment } from '../torment.ts';

const rounds = 2;
const ghostsWithinMs = 15_000;
const betweenMs = 1_000;
const answeredWithinMs = 10_000;

/** `wanted` of them, as far as the time allows; answers what devices were refused. */
export async function herds(torment: Torment, people: readonly Device[], wanted: number): Promise<void> {
  const [host, ...members] = people;
  if (host === undefined) throw new Error('a herd has a host');
  for (let count = 0; count < wanted && !isOver(torment); count += 1) {
    await once(torment, 'a herd', () => runHerd(torment, host, members));
    await pause(torment, betweenMs);
  }
}

async function runHerd(torment: Torment, host: Device, members: readonly Device[]): Promise<void> {
  const { stage, dice, tried, found, windows } = torment;
  const began = stage.diary.entries.length;
  const herd = await Herd.gather({ host, steady: [], members, dice });
  await herd.answerAtOnce();
  for (let round = 0; round < rounds; round += 1) await herd.actAtOnce();
  tried.herds += 1;
  await delay(ghostsWithinMs);
  const [node] = stage.nodes.values();
  if (node === undefined) throw new Error('no node runs');
  const truth = await readTruth(stage.store);
  found.push(...lostCall(herd, truth), ...ghosts(herd.callId, await viewOf(herd, truth, node)));
  await herd.leaveAtOnce();
  const ids = new Set([host, ...members].map(({ userId }) => userId));
  const asked: Refusal[] = stage.diary.entries.slice(began).flatMap((entry) => {
    return entry.kind === 'refused' && ids.has(entry.userId)
      ? [{ userId: entry.userId, what: entry.what, why: entry.why, at: entry.at }]
      : [];
  });
  const refusals = [...herd.refusals, ...asked];
  // What was asked for in the window is answered, or not, up to the client's limit later.
  const waiting = windows.map(({ from, to }) => ({ from, to: to + answeredWithinMs }));
  found.push(...refusedForContention(refusals), ...unanswered(refusals, waiting));
}
