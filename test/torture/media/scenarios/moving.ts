/** A device in a network of its own that really moves: its old address is gone at the moment when the new one is there. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { comeHome, openPerson, switchCallingOn } from '../../../support/browser/browser.ts';
import type { Engine, Person } from '../../../support/browser/browser.ts';
import { browserInside } from '../../../support/browser/browserInside.ts';
import { namespaceOf, removeNetworks } from '../../../support/networks/networks.ts';
import { instrument } from '../../../support/browser/pageWatch.ts';
import { inNamespace, ip } from '../../../support/processes/shell.ts';
import { waitFor } from '../../../support/waitFor.ts';
import { Door } from '../network.ts';
import { cameraLines, watchSilence } from '../probes.ts';
import type { Scenario } from '../scenario.ts';
import type { MediaStage } from '../stage.ts';

const moves = 5;
const goneMs = 15_000;
const betweenMs = 4_000;

const run = process.pid;
const namespace = namespaceOf(run, 'dan');
/** Runs side by side have networks of their own. */
const addressOf = (number: number): string => `10.78.${run % 250}.${number}`;
const here = addressOf(1);

async function makeNetwork(): Promise<void> {
  await ip('netns', 'add', namespace);
  const port = `vc${run}`;
  await ip('link', 'add', port, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace);
  await ip('addr', 'add', `${here}/24`, 'dev', port);
  await ip('link', 'set', port, 'up');
  for (const link of ['lo', 'eth0']) await ip('-n', namespace, 'link', 'set', link, 'up');
  await ip('-n', namespace, 'addr', 'add', `${addressOf(2)}/24`, 'dev', 'eth0');
  await ip('-n', namespace, 'route', 'add', 'default', 'via', here);
}

/** One program makes all changes, so that none of them waits for its turn on a busy machine. */
async function move(from: string, to: string): Promise<void> {
  const changes = [`addr del ${from}/24 dev eth0`, `addr add ${to}/24 dev eth0`, `route replace default via ${here}`];
  const given = changes.map((change) => `${change}\\n`).join('');
  await inNamespace(namespace, 'sh', '-c', `printf '${given}' | ip -batch -`);
}

async function openDan(engine: Engine, url: string, folder: string): Promise<Person> {
  const dan = await openPerson({
    url,
    as: 'dan',
    engine,
    prelude: instrument,
    executablePath: await browserInside(engine, namespace, folder),
    // Cameras are for pages that nobody in between can change; here there is nobody in between.
    ...(engine === 'firefox'
      ? { preferences: { 'dom.securecontext.allowlist': here } }
      : { moreFlags: [`--unsafely-treat-insecure-origin-as-secure=${url}`] }),
  });
  await switchCallingOn(dan);
  return dan;
}

/** Silence of either side after each move. */
async function moveAbout(stage: MediaStage, dan: Person): Promise<readonly number[]> {
  const bob = stage.page('bob');
  await dan.page.getByTestId('call-video-bob').click();
  await stage.click('bob', 'accept');
  for (const page of [dan.page, bob]) {
    await waitFor('a moving picture', async () => (await cameraLines(page)) > 0, { withinMs: 40_000 });
  }
  const backMs: number[] = [];
  for (let number = 2; number < 2 + moves; number += 1) {
    await bob.waitForTimeout(betweenMs);
    const looks = await Promise.all([watchSilence(dan.page), watchSilence(bob)]);
    await move(addressOf(number), addressOf(number + 1));
    const until = Date.now() + goneMs;
    await bob.waitForTimeout(betweenMs);
    const read = () => Promise.all(looks.map((look) => look()));
    while ((await read()).some(({ isOver }) => !isOver) && Date.now() < until) await bob.waitForTimeout(200);
    backMs.push(...(await read()).map(({ isOver, longestMs }) => (isOver ? longestMs : goneMs)));
  }
  return backMs;
}

export const moving: Scenario = {
  name: 'network: a device really moves five times',
  measures: ['backMs'],
  play: async (stage) => {
    const folder = await mkdtemp(join(tmpdir(), 'veilcast-moving-'));
    let dan: Person | undefined;
    let door: Door | undefined;
    try {
      await makeNetwork();
      door = await Door.to(stage.server.httpPort, here);
      dan = await openDan(stage.engine, door.url, folder);
      const backMs = await moveAbout(stage, dan);
      await comeHome(dan);
      return { backMs };
    } finally {
      await dan?.close();
      door?.close();
      await removeNetworks(run);
      await rm(folder, { recursive: true, force: true });
    }
  },
};
