/** The real server, two real browsers, and Carol, each in their own network; and everything that is kept of them. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openPerson, switchCallingOn } from '../../support/browser/browser.ts';
import type { Person } from '../../support/browser/browser.ts';
import { browserInside } from '../../support/browser/browserInside.ts';
import { instrument } from '../../support/browser/pageWatch.ts';
import { request } from '../../support/participant/person.ts';
import { TestRedis } from '../../support/redis/redis.ts';
import { startServerProcess } from '../../support/processes/serverProcess.ts';
import type { ServerProcess } from '../../support/processes/serverProcess.ts';
import { WebhookReceiver } from '../../support/webhookReceiver.ts';
import { CarolProcess } from '../carol/carolProcess.ts';
import type { Evidence } from '../judge/evidence.ts';
import { Front, FrontKeys } from '../network/front.ts';
import { Operator } from './operator.ts';
import { homeOf, namespaceOf, relayHome } from './people.ts';
import { PageObserver } from '../judge/pageObserver.ts';

export interface Guest {
  readonly person: Person;
  readonly observer: PageObserver;
}
export interface Stage {
  readonly run: number;
  readonly server: ServerProcess;
  readonly front: Front;
  readonly redis: TestRedis;
  readonly webhooks: WebhookReceiver;
  readonly operator: Operator;
  readonly alice: Guest;
  readonly bob: Guest;
  readonly carol: CarolProcess;
  readonly evidence: Evidence;
  close(): Promise<void>;
}
export interface StageOptions {
  readonly run: number;
  readonly folder: string;
  readonly program: string;
  readonly evidence: Evidence;
}

/** Short, so that the call that nobody picks up does not take the time of the others; long enough for slow machines. */
const ringTimeoutMs = 6_000;

export async function setStage(options: StageOptions): Promise<Stage> {
  const { run, folder, program, evidence } = options;
  const closing: (() => Promise<unknown>)[] = [];
  const close = async () => {
    for (const one of closing.splice(0).reverse()) await one();
  };
  try {
    const redisLog = join(folder, 'redis.log');
    const redis = await TestRedis.start({ logFile: redisLog });
    closing.push(() => redis.stop());
    const keys = await FrontKeys.make(folder);
    const server = await startServer(redis, keys);
    closing.push(() => writeFile(join(folder, 'server.log'), server.logs()));
    closing.push(() => server.stop());
    const front = await Front.start(keys, server, folder);
    closing.push(() => front.stop());
    const webhooks = await WebhookReceiver.start();
    closing.push(() => webhooks.stop());
    const body = { url: webhooks.url };
    await request(`${server.url}/v1/webhook-endpoints`, { method: 'POST', credential: server.apiKey, body });
    const operator = await Operator.start({ evidence, redis, redisLog, server, front, webhooks });
    closing.push(() => operator.stop());
    const carol = CarolProcess.start(run, program);
    closing.push(() => carol.stop());
    await carol.come(server);
    const pin = await keys.pin();
    const [alice, bob] = await Promise.all([
      openGuest('alice', server.url, options, pin),
      openGuest('bob', server.url, options, pin),
    ]);
    closing.push(() => Promise.all([alice, bob].map(({ person }) => person.close())));
    return { run, server, front, redis, webhooks, operator, alice, bob, carol, evidence, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function startServer(redis: TestRedis, keys: FrontKeys): Promise<ServerProcess> {
  const { v4, v6 } = homeOf('server');
  return startServerProcess({
    redisUrl: redis.url,
    environment: {
      VEILCAST_HTTP_HOST: v4,
      VEILCAST_MEDIA_LISTEN_ADDRESSES: `${v4},${v6}`,
      VEILCAST_LOG_LEVEL: 'debug',
      VEILCAST_TURN_URLS: keys.url,
      VEILCAST_TURN_SECRET: keys.secret,
      VEILCAST_RING_TIMEOUT_MS: String(ringTimeoutMs),
    },
  });
}

async function openGuest(
  client: 'alice' | 'bob',
  url: string,
  { run, folder, evidence }: StageOptions,
  pin: string,
): Promise<Guest> {
  const observer = new PageObserver(client, evidence);
  const userAgent = `Mozilla/5.0 (X11; Linux x86_64) Chrome/156 of-${client}-alone`;
  observer.learnUserAgent(userAgent);
  const person = await openPerson({
    url,
    as: client,
    prelude: instrument,
    userAgent,
    executablePath: await browserInside('chromium', namespaceOf(run, client), folder),
    moreFlags: [
      // Cameras are for pages that nobody in between can change; here there is nobody in between.
      `--unsafely-treat-insecure-origin-as-secure=${url}`,
      `--ignore-certificate-errors-spki-list=${pin}`,
      // Fewer pictures, since two cores carry everybody.
      '--use-fake-device-for-media-stream=fps=15',
      // What the browser would ask of its maker's servers is no part of a call.
      `--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE ${new URL(url).hostname}, EXCLUDE ${relayHome.v4}`,
      '--disable-features=MediaRouter,OptimizationHints,AsyncDns',
    ],
    watch: (page) => {
      observer.watch(page);
    },
  });
  await switchCallingOn(person);
  return { person, observer };
}
