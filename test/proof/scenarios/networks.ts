/** Networks that change or let little through. */
import { iceFragments } from '../../support/browser/pageWatch.ts';
import { waitFor } from '../../support/waitFor.ts';
import { chosenPaths, watchGaps } from '../judge/gaps.ts';
import type { ChosenPath, Gaps } from '../judge/gaps.ts';
import { move, restrict, withoutRelay, withoutUdp } from '../network/network.ts';
import type { Rule } from '../network/network.ts';
import { homeOf, nameOf, secondHomeOf } from '../stage/people.ts';
import type { Client } from '../stage/people.ts';
import { callAndAnswer, hangUp, look, mediaComes } from '../stage/scene.ts';
import type { Scenario, Scene } from '../stage/scene.ts';

async function iceRestart(scene: Scene): Promise<void> {
  const { alice, bob } = scene;
  await callAndAnswer(scene, 'video');
  await mediaComes([alice, bob], 'video');
  await look(scene);
  const { page } = bob.person;
  const before = await iceFragments(page);
  await page.evaluate(() => window.dispatchEvent(new Event('online')));
  await waitFor('new ICE credentials', async () => {
    const now = await iceFragments(page);
    return now.length > 0 && now.every((fragment) => !before.includes(fragment));
  });
  await mediaComes([alice, bob], 'video');
  scene.check('both saw and heard on with new ICE credentials', true);
  await look(scene);
  await hangUp(alice, bob);
}

async function newAddress(scene: Scene): Promise<void> {
  const { alice, bob, run, moves } = scene;
  await callAndAnswer(scene, 'video');
  await mediaComes([alice, bob], 'video');
  await look(scene);
  const homes = [homeOf('bob'), secondHomeOf('bob')] as const;
  const gaps: { readonly alice: Gaps; readonly bob: Gaps }[] = [];
  let at = 0;
  const moveOn = async () => {
    const [from, to] = at === 0 ? homes : [homes[1], homes[0]];
    await move(run, 'bob', from, to);
    at = 1 - at;
  };
  try {
    for (let times = 0; times < moves; times += 1) {
      const watches = [await watchGaps(alice.person.page), await watchGaps(bob.person.page)] as const;
      await moveOn();
      // What was still under way comes in before the gap.
      await new Promise((resolve) => setTimeout(resolve, 300));
      await mediaComes([alice, bob], 'video');
      // Long enough that a picture which stands still again is seen.
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      gaps.push({ alice: await watches[0].stop(), bob: await watches[1].stop() });
      await look(scene);
    }
    scene.check('both saw and heard on from every new address', true);
    for (const who of ['alice', 'bob'] as const) {
      judgeGaps(
        scene,
        who,
        gaps.map((one) => one[who]),
      );
    }
    await hangUp(alice, bob);
    await moveIdle(scene, moveOn);
  } finally {
    if (at === 1) await moveOn();
  }
}

/** Without a call nothing tells Bob's device at once that its socket died with the old network; it must be back all the same. */
async function moveIdle(scene: Scene, moveOn: () => Promise<void>): Promise<void> {
  const { bob } = scene;
  const { sockets } = bob.observer;
  const began = performance.now();
  await moveOn();
  await waitFor('Bob’s device', () => bob.observer.sockets > sockets, { withinMs: 30_000, everyMs: 100 });
  scene.measured('time until Bob’s device was back that waited for calls', performance.now() - began, 'ms');
  scene.check('a device that waits for calls is back after a change of network', true);
}

/** Each of the changes, not only most of them. */
function judgeGaps(scene: Scene, who: Client, gaps: readonly Gaps[]): void {
  const { longestGapMs } = scene;
  const coarsest = Math.round(Math.max(...gaps.map(({ coarsestMs }) => coarsestMs)));
  for (const kind of ['picture', 'sound'] as const) {
    const each = gaps.map((one) => Math.round(one[`${kind}Ms`]));
    const worst = Math.max(...each);
    scene.measured(
      `longest time without ${kind} at ${nameOf(who)} at any of ${each.length} changes of network`,
      worst,
      'ms',
    );
    scene.check(
      `each new address cost ${nameOf(who)} less than ${longestGapMs / 1000} s of ${kind}`,
      worst < longestGapMs,
      `one after the other, in ms: ${each.join(', ')}; the page itself stood still for up to ${coarsest} ms`,
    );
  }
}

/** Alice behind a network that lets some of it out only: pictures must go both ways all the same. */
async function behind(scene: Scene, blocked: readonly Rule[], isRight: IsRight): Promise<void> {
  const { alice, bob, run } = scene;
  await restrict(run, 'alice', blocked, true);
  try {
    await callAndAnswer(scene, 'video');
    await mediaComes([alice, bob], 'video');
    scene.check('both saw and heard each other', true);
    let paths: readonly ChosenPath[] = [];
    const left = async () => {
      paths = await chosenPaths(alice.person.page);
      return paths.length > 0 && paths.every(isRight);
    };
    // The browser may begin with the relay over TLS, which is left in every network, and go over to the better way. Of a
    // pair that it does not use, Chromium checks every 25 s whether it works.
    await waitFor('the way that is left', left, { withinMs: 90_000 }).catch(() => undefined);
    scene.check('her media took the way that is left', await left(), JSON.stringify(paths));
    await look(scene);
    await hangUp(bob, alice);
  } finally {
    await restrict(run, 'alice', blocked, false);
  }
}
type IsRight = (path: ChosenPath) => boolean;

const overTcp: IsRight = ({ protocol }) => protocol === 'tcp';
const overIpv6: IsRight = ({ address, protocol }) => protocol === 'udp' && address.includes(':');

export const networks: readonly Scenario[] = [
  {
    name: 'ice-restart',
    story: 'In a video call Bob’s page makes new ICE credentials, as after a change of network.',
    play: iceRestart,
  },
  {
    name: 'new-address',
    story: 'In a video call Bob’s device gets new addresses and loses those it had.',
    play: newAddress,
  },
  {
    name: 'ipv6',
    story: 'A video call with Alice in a network that lets no UDP over IPv4 out.',
    play: (scene) => behind(scene, withoutUdp('-4'), overIpv6),
  },
  {
    name: 'forced-tcp',
    story: 'A video call with Alice in a network that lets no UDP out at all, and has no way to the relay.',
    play: (scene) => behind(scene, [...withoutUdp('-4', '-6'), ...withoutRelay], overTcp),
  },
];
