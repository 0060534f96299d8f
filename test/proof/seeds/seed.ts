/** A leak on purpose, and how one knows that it was found. */
import type { Holder } from '../judge/evidence.ts';
import { addressesOf } from '../stage/people.ts';
import type { Client } from '../stage/people.ts';
import type { Finding } from '../judge/search.ts';
import type { WireReport } from '../network/wire.ts';

export const seedsChapter = 'planted leaks';

export interface Seed {
  readonly what: string;
  isFound(findings: readonly Finding[], wire: WireReport): boolean;
}

/** Found where it was planted: with the one who may not have it, of the one whom it tells of. */
export function inEvidence(what: string, where: { holder: Holder; what: string; owner: Client }): Seed {
  return {
    what,
    isFound: (findings) =>
      findings.some(
        (one) =>
          one.during === seedsChapter &&
          one.holder === where.holder &&
          one.what === where.what &&
          one.owner === where.owner,
      ),
  };
}

/** From any of the client's addresses: the system chooses which. */
export function onTheWire(what: string, client: Client, to: string): Seed {
  return {
    what,
    isFound: (_findings, { strayed }) =>
      strayed.some((one) => one.during === seedsChapter && one.to === to && addressesOf(client).includes(one.from)),
  };
}
