/** The proof proves itself: leaks of every kind that are made on purpose, each of which the same search must find. */
import { formsOf } from './judge/needles.ts';
import { addressesOf, homeOf } from './stage/people.ts';
import { sendStrayPackets } from './seeds/packets.ts';
import { serveLeaks } from './seeds/page.ts';
import { plantInRecord } from './seeds/record.ts';
import { plantAtOperator } from './seeds/operator.ts';
import { inEvidence } from './seeds/seed.ts';
import type { Seed } from './seeds/seed.ts';
import type { Stage } from './stage/stage.ts';

export async function plantSeeds(stage: Stage): Promise<readonly Seed[]> {
  return [
    ...(await serveLeaks(stage)),
    ...(await sendStrayPackets(stage)),
    ...(await plantInRecord(stage)),
    ...(await plantAtOperator(stage)),
    ...plantSecrets(stage),
    ...plantEveryForm(stage),
  ];
}

/** What tells of a client beside addresses, as each browser had it in this run. */
function plantSecrets({ evidence, bob }: Stage): readonly Seed[] {
  const what = 'socket frames of Carol';
  const kinds = [...new Set(bob.observer.secrets.map(({ kind }) => kind))];
  return kinds.map((kind) => {
    const secret = bob.observer.secrets.find((one) => one.kind === kind)?.secret ?? '';
    evidence.add({ holder: 'carol', what: `${what} (${kind})` }, `{"told":"${secret}"}`);
    return inEvidence(`Bob’s ${kind} in a message to Carol`, {
      holder: 'carol',
      what: `${what} (${kind})`,
      owner: 'bob',
    });
  });
}

/** An address in each form that is looked for, in the middle of something else. */
function plantEveryForm({ evidence }: Stage): readonly Seed[] {
  const { v4, v6 } = homeOf('alice');
  const [holder, what] = ['bob', 'every form of an address'] as const;
  return addressesOf('alice')
    .filter((address) => address === v4 || address === v6)
    .flatMap((address) =>
      formsOf(address).map(([name, bytes]): Seed => {
        evidence.add({ holder, what }, Buffer.concat([Buffer.from('before '), bytes, Buffer.from(' after')]));
        const needle = `${address} ${name}`;
        return {
          what: `the form ${needle}`,
          isFound: (findings) => findings.some((one) => one.what === what && one.needle === needle),
        };
      }),
    );
}
