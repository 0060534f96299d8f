/** What the SDK asks of a browser and of an app before a call can be made, and how it says what is missing. */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { contextOptions, launchBrowser, openPerson, switchCallingOn } from '../support/browser/browser.ts';
import type { Person } from '../support/browser/browser.ts';
import { TestRedis } from '../support/redis/redis.ts';
import { openScriptedPage } from '../support/browser/scriptedPage.ts';
import { startServerProcess } from '../support/processes/serverProcess.ts';
import type { ServerProcess } from '../support/processes/serverProcess.ts';
import { waitFor } from '../support/waitFor.ts';

let redis: TestRedis;
let server: ServerProcess;
let browser: Browser;
let page: Page;

/** Any that is no loopback address: pages from there are in no secure context. */
const lan = Object.values(networkInterfaces())
  .flatMap((entries) => entries ?? [])
  .find(({ internal, family }) => !internal && family === 'IPv4')?.address;

beforeAll(async () => {
  redis = await TestRedis.start();
  server = await startServerProcess({ redisUrl: redis.url });
  browser = await launchBrowser();
  const context = await browser.newContext(contextOptions(browser));
  page = await openScriptedPage(context, { url: at('localhost'), script: 'test/e2e/sdkPage.ts', query: {} });
}, 120_000);

afterAll(async () => {
  await browser.close();
  await server.stop();
  await redis.stop();
}, 60_000);

const at = (host: string): string => `http://${host}:${server.httpPort}`;

function withoutWebRtc(): void {
  Reflect.deleteProperty(window, 'RTCPeerConnection');
}

describe('a browser that cannot make calls', () => {
  const open = (as: string, url: string, prelude?: () => void): Promise<Person> =>
    openPerson({ url, as, browser, ...(prelude ? { prelude } : {}) });

  (lan === undefined ? test.skip : test)('is told of an insecure page in words', async () => {
    const door = createServer((socket) => {
      const inner = connect(server.httpPort, '127.0.0.1');
      for (const one of [socket, inner]) one.on('error', () => one.destroy());
      socket.pipe(inner).pipe(socket);
    });
    await once(door.listen(0, lan), 'listening');
    const address = door.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const { page: insecure } = await open('bob', `http://${lan}:${port}`);
    expect(await insecure.getByRole('alert').first().innerText()).toMatch(/HTTPS/);
    await insecure.close();
    door.close();
  });

  test('is told that WebRTC is missing, and rings nobody', async () => {
    const caller = await open('alice', at('localhost'));
    await switchCallingOn(caller);
    let sockets = 0;
    const { page: without } = await openPerson({
      url: at('localhost'),
      as: 'bob',
      browser,
      prelude: withoutWebRtc,
      watch: (opened) => opened.on('websocket', () => (sockets += 1)),
    });
    expect(await without.getByRole('alert').first().innerText()).toMatch(/WebRTC/);
    // A device that is not connected does not ring, and calls nobody.
    expect(sockets).toBe(0);
    await Promise.all([caller.page.close(), without.close()]);
  });

  test.each([
    ['taken away', withoutWebRtc],
    [
      'left without use',
      () => {
        Reflect.set(window, 'RTCPeerConnection', () => undefined);
      },
    ],
  ])('has WebRTC that is %s: the SDK refuses with its own code', async (_how, prelude) => {
    const context = await browser.newContext(contextOptions(browser));
    await context.addInitScript(prelude);
    const bare = await openScriptedPage(context, { url: at('localhost'), script: 'test/e2e/sdkPage.ts', query: {} });
    expect(await bare.evaluate(() => window.sdk.outcome(window.sdk.connect({})))).toEqual(['webrtc_missing']);
    await context.close();
  });
});

describe('connecting', () => {
  test.each(['short', 'with spaces in it', 'x'.repeat(65)])(
    'reports the device id that it refuses: %s',
    async (deviceId) => {
      const told = await page.evaluate((id) => window.sdk.outcome(window.sdk.connect({ deviceId: id })), deviceId);
      expect(told).toEqual(['invalid_request', 'deviceId']);
    },
  );

  test('can be aborted at any moment, and an aborted connection never replaces the wanted one', async () => {
    for (const afterMs of [0, 1, 3, 10, 30, 100]) {
      const deviceId = `tab-aborted-${afterMs}`;
      const told = await page.evaluate(
        async ([id, ms]) => {
          const giveUp = new AbortController();
          const first = window.sdk.outcome(window.sdk.connect({ deviceId: id, signal: giveUp.signal }));
          await new Promise((resolve) => setTimeout(resolve, ms));
          giveUp.abort();
          const wanted = await window.sdk.connect({ deviceId: id });
          let closed = '';
          wanted.on('closed', ({ code }) => (closed = code));
          const [outcome] = await first;
          // A round trip later whatever was on its way has arrived.
          await wanted.settings();
          await new Promise((resolve) => setTimeout(resolve, 200));
          const told = { outcome, closed, connection: wanted.connection };
          wanted.close();
          return told;
        },
        [deviceId, afterMs] as const,
      );
      expect(told).toMatchObject({ closed: '', connection: 'connected' });
      expect(['aborted', 'done']).toContain(told.outcome);
    }
  });

  test('of two clients of one device in a page, the newer continues and the older is told that it was replaced', async () => {
    const told = await page.evaluate(async () => {
      const deviceId = 'tab-of-two-clients';
      const [first, second] = [window.sdk.connect({ deviceId }), window.sdk.connect({ deviceId })];
      const outcomes = [await window.sdk.outcome(first), await window.sdk.outcome(second)];
      const third = await window.sdk.connect({ deviceId });
      const { connection } = third;
      const before = (await second).connection;
      third.close();
      return { outcomes, before, connection };
    });
    expect(told).toEqual({ outcomes: [['replaced'], ['done']], before: 'closed', connection: 'connected' });
  });

  test('leaves no socket of an aborted client', async () => {
    const open = new Set<unknown>();
    page.on('websocket', (socket) => {
      open.add(socket);
      socket.on('close', () => open.delete(socket));
    });
    await page.evaluate(async () => {
      const giveUp = new AbortController();
      const given = window.sdk.outcome(window.sdk.connect({ signal: giveUp.signal }));
      giveUp.abort();
      await given;
      (await window.sdk.connect({})).close();
    });
    await waitFor('no open socket', () => open.size === 0);
  });
});
