/** A call with somebody who tries everything. */
import { addHome } from '../network/network.ts';
import { secondHomeOf } from '../stage/people.ts';
import { at, endingOf, look, mediaComes } from '../stage/scene.ts';
import type { Scenario, Scene } from '../stage/scene.ts';

async function play(scene: Scene): Promise<void> {
  const { alice, bob, carol, run, server, operator } = scene;
  await addHome(run, 'carol', secondHomeOf('carol'));
  const attacking = carol.attack(['alice', 'bob'], server.mediaPorts);
  attacking.catch(() => undefined);
  for (const guest of [alice, bob]) await at(guest, 'accept').click();
  await mediaComes([alice, bob], 'video');
  await look(scene);
  const { callId, attempts } = await attacking;
  for (const { what, held, detail } of attempts) scene.check(what, held, detail);
  await mediaComes([alice, bob], 'video');
  scene.check('Alice and Bob still saw and heard each other after all of it', true);
  await look(scene);
  const ready = await fetch(`${server.adminUrl}/readyz`);
  scene.check('the server is still ready', ready.status === 200, `${ready.status}`);
  await operator.readLogs();
  const died = server
    .logs()
    .split('\n')
    .filter((line) => /"level":"(error|fatal)"/.test(line));
  scene.check('no process of the server failed or died', died.length === 0, died.join('\n').slice(0, 2_000));
  await carol.hangUp(callId);
  await Promise.all([alice, bob].map(endingOf));
}

export const hostile: readonly Scenario[] = [
  {
    name: 'hostile',
    story:
      'Carol calls Alice and Bob and sends candidates and descriptions, forged STUN, DTLS from a second address, RTP and RTCP under the names of others, text in header extensions, and messages too large.',
    play,
  },
];
