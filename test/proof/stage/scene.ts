/** What the scenarios are told with: people at their pages. */
import { mediaStats, streamsOf } from '../../support/browser/pageWatch.ts';
import type { MediaStats } from '../../support/browser/pageWatch.ts';
import { waitFor } from '../../support/waitFor.ts';
import { nameOf } from './people.ts';
import type { Guest, Stage } from './stage.ts';

export interface Scene extends Stage {
  /** How often a device changes its network in one call. */
  readonly moves: number;
  /** How long pictures and sound may be away for one such change. */
  readonly longestGapMs: number;
  /** An assertion of this scenario. */
  check(what: string, held: boolean, detail?: string): void;
  /** A number for the report. */
  measured(what: string, value: number, unit: string): void;
}
export interface Scenario {
  readonly name: string;
  /** For the report: what was tried. */
  readonly story: string;
  readonly play: (scene: Scene) => Promise<void>;
}

export const at = ({ person }: Guest, testId: string) => person.page.getByTestId(testId);
export const statsOf = ({ person }: Guest): Promise<MediaStats> => mediaStats(person.page);

const enoughFrames = 8;
const mediaWithinMs = 20_000;

export async function ring(caller: Guest, callee: Guest, media: 'video' | 'audio', calleeName: string): Promise<void> {
  await at(caller, `call-${media}-${calleeName}`).click();
  await at(callee, 'accept').waitFor();
}

export async function callAndAnswer({ alice, bob }: Stage, media: 'video' | 'audio'): Promise<void> {
  await ring(alice, bob, media, 'bob');
  await at(bob, 'accept').click();
}

/** From now on, at each of them: new sound, and new pictures when it is a video call. */
export async function mediaComes(guests: readonly Guest[], media: 'video' | 'audio'): Promise<void> {
  try {
    await Promise.all(guests.map((guest) => mediaComesAt(guest, media)));
  } catch (error) {
    const streams = guests.map(async ({ person, observer }) => `${observer.client}: ${await streamsOf(person.page)}`);
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error([reason, ...(await Promise.all(streams))].join('\n'), { cause: error });
  }
}

async function mediaComesAt(guest: Guest, media: 'video' | 'audio'): Promise<void> {
  const before = await statsOf(guest);
  const missing = async (): Promise<readonly string[]> => {
    const now = await statsOf(guest);
    const frames = now.framesDecoded - before.framesDecoded;
    return [
      ...(now.audioEnergy > before.audioEnergy ? [] : [`sound (${now.audioBytesReceived} bytes came)`]),
      ...(media === 'audio' || frames > enoughFrames
        ? []
        : [`pictures (${frames} since, ${now.videoBytesReceived} bytes came)`]),
    ];
  };
  const comes = async () => (await missing()).length === 0;
  try {
    await waitFor('sound and picture', comes, { withinMs: mediaWithinMs, everyMs: 100 });
  } catch (cause) {
    const lacking = (await missing()).join(' and ');
    throw new Error(`within ${mediaWithinMs} ms there came no ${lacking} to ${nameOf(guest.observer.client)}`, {
      cause,
    });
  }
}

/** What the pages were told and know of themselves, while their connections are open. */
export async function look({ alice, bob }: Stage): Promise<void> {
  await Promise.all([alice, bob].map(({ person, observer }) => observer.look(person.page)));
}

/** Both see the end; answers its reason as `guest` was told. */
export async function hangUp(by: Guest, ...others: readonly Guest[]): Promise<void> {
  await at(by, 'hang-up').click();
  await Promise.all([by, ...others].map(endingOf));
}

export async function endingOf(guest: Guest): Promise<string> {
  const ending = at(guest, 'ended-reason');
  await ending.waitFor({ timeout: 20_000 });
  const reason = (await ending.getAttribute('data-reason')) ?? '';
  await at(guest, 'ended-close').click();
  return reason;
}
