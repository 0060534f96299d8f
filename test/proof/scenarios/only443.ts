/** A network that lets nothing but TLS on port 443 out, and what the relay that helps there lets through. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { chosenPaths } from '../judge/gaps.ts';
import { only443, restrict } from '../network/network.ts';
import { homeOf, namespaceOf, relayHome } from '../stage/people.ts';
import { callAndAnswer, hangUp, look, mediaComes } from '../stage/scene.ts';
import type { Scenario, Scene } from '../stage/scene.ts';
import { inNamespace } from '../../support/processes/shell.ts';

async function play(scene: Scene): Promise<void> {
  const { alice, bob, run, front, server } = scene;
  const { page } = alice.person;
  await restrict(run, 'alice', only443, true);
  try {
    await page.goto(`${front.pageUrl}/?as=alice`);
    await callAndAnswer(scene, 'video');
    await mediaComes([alice, bob], 'video');
    scene.check('both saw and heard each other', true);
    const paths = await chosenPaths(page);
    const relayed = paths.length > 0 && paths.every(({ relayProtocol }) => relayProtocol === 'tls');
    scene.check('her media went through the relay, over TLS', relayed, JSON.stringify(paths));
    await look(scene);
    await hangUp(bob, alice);
  } finally {
    await restrict(run, 'alice', only443, false);
    await page.goto(`${server.url}/?as=alice`);
  }
  await judgeRelay(scene);
}

/** Carol asks the relay for more than it is there for. */
async function judgeRelay(scene: Scene): Promise<void> {
  const { server, front } = scene;
  const [mediaPort = 0] = server.mediaPorts;
  const here = homeOf('server').v4;
  const toBob = await askRelay(scene, front.secret, homeOf('bob').v4, mediaPort);
  scene.check('the relay has no way to another client', toBob.includes('403 (Forbidden IP)'), toBob);
  const guessed = await askRelay(scene, 'a guess', here, mediaPort);
  scene.check(
    'the relay takes no credential that the server did not make',
    guessed !== '' && !guessed.includes('tot_send_msgs=2'),
    guessed,
  );

  const other = createSocket('udp4');
  let came = 0;
  other.on('message', () => (came += 1)).bind(0, here);
  await once(other, 'listening');
  const said = await askRelay(scene, front.secret, here, other.address().port);
  other.close();
  const refused = said.includes('Total connect time');
  scene.check('the relay has no way to other ports of the server', refused && came === 0, `${came} packets; ${said}`);
}

/** With coturn's own client; answers what it wrote, whether it succeeded or not. */
async function askRelay({ run }: Scene, secret: string, peer: string, port: number): Promise<string> {
  const through = ['-t', '-S', '-c', '-n', '2', '-p', '443', '-u', 'carol', '-W', secret];
  const command = ['turnutils_uclient', ...through, '-e', peer, '-r', String(port), relayHome.v4];
  return inNamespace(
    namespaceOf(run, 'carol'),
    ...['sh', '-c', 'timeout 4 "$@" 2>&1 | tail -n 8; true', 'sh'],
    ...command,
  );
}

export const narrow: readonly Scenario[] = [
  {
    name: 'only-443',
    story: 'A video call with Alice in a network that lets nothing but TLS on port 443 out: page, socket and media.',
    play,
  },
];
