/** Everybody who takes part, each kind by itself. */
import type { Device } from '../chaos/clients/device.ts';
import { Crowd } from '../chaos/stage/crowd.ts';
import type { Stage } from '../chaos/stage/stage.ts';

const herdCount = 2;
export const herdSize = 32;
const briefPeople = 40;
const flooders = 4;

export interface People {
  /** Speak and listen in the calls that are judged. */
  readonly talkers: readonly Device[];
  readonly herds: readonly (readonly Device[])[];
  /** Answers what rings, without media. */
  readonly eventful: readonly [Device, Device];
  /** The first calls, and the second never answers. */
  readonly ringers: readonly [Device, Device];
  readonly brief: readonly { readonly userId: string; readonly token: string }[];
  readonly flooders: readonly { readonly userId: string; readonly token: string }[];
  close(): Promise<void>;
}

export async function gatherPeople(stage: Stage, calls: number): Promise<People> {
  let first = 0;
  const crowds: Crowd[] = [];
  const crowd = async (count: number, options: { answering?: boolean; media?: boolean } = {}): Promise<Crowd> => {
    const one = new Crowd(stage, { ...options, first });
    first += count + (count % 2);
    crowds.push(one);
    await one.know(count);
    return one;
  };
  const silent = { answering: false, media: false };
  const talking = await crowd(calls * 2);
  const herds: (readonly Device[])[] = [];
  for (let at = 0; at < herdCount; at += 1) {
    const herd = await crowd(herdSize, silent);
    const [host = ''] = herd.userIds;
    await herd.befriend(host, herd.userIds.slice(1));
    herds.push(await herd.connect());
  }
  const talkers = await talking.connect();
  const eventful = pairOf(await (await crowd(2, { answering: true, media: false })).connect());
  const ringers = pairOf(await (await crowd(2, silent)).connect());
  const known = async (count: number) => {
    const people = await crowd(count);
    return people.userIds.map((userId) => ({ userId, token: people.tokenOf(userId) }));
  };
  return {
    talkers,
    herds,
    eventful,
    ringers,
    brief: await known(briefPeople),
    flooders: await known(flooders),
    close: async () => {
      await Promise.all(crowds.map((one) => one.close()));
    },
  };
}

function pairOf([one, other]: readonly Device[]): readonly [Device, Device] {
  if (one === undefined || other === undefined) throw new Error('a pair is two');
  return [one, other];
}
