/**
 * Safari's engine, as far as Debian builds it: without WebRTC. The page and the SDK load, say what is missing before anybody's
 * phone rings, and what needs no media works and fits.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { build } from 'esbuild';
import { TestRedis } from '../support/redis/redis.ts';
import { startServerProcess } from '../support/processes/serverProcess.ts';
import type { ServerProcess } from '../support/processes/serverProcess.ts';
import { waitFor } from '../support/waitFor.ts';
import { Webkit } from '../support/browser/webkit.ts';

let redis: TestRedis;
let server: ServerProcess;
let webkit: Webkit;

beforeAll(async () => {
  redis = await TestRedis.start();
  [server, webkit] = await Promise.all([
    startServerProcess({ redisUrl: redis.url, readyWithinMs: 90_000 }),
    Webkit.launch(),
  ]);
}, 240_000);

afterAll(async () => {
  await webkit.close();
  await server.stop();
  await redis.stop();
}, 60_000);

const textOf = (selector: string) => webkit.run(`return document.querySelector('${selector}')?.innerText ?? ''`);

/** Nothing is wider than its window, and what can be pressed is in it. */
async function fits(): Promise<void> {
  expect(
    await webkit.run(`
      const wide = document.documentElement.scrollWidth > innerWidth;
      const outside = [...document.querySelectorAll('button')].filter((button) => {
        const { left, right, width } = button.getBoundingClientRect();
        return width > 0 && (left < 0 || right > innerWidth + 1);
      });
      return { wide, outside: outside.map(({ outerHTML }) => outerHTML) };`),
  ).toEqual({ wide: false, outside: [] });
}

test('the page says in words that calls cannot be made here', async () => {
  await webkit.goto(`${server.url}/?as=alice`);
  expect(await webkit.run(`return typeof RTCPeerConnection`)).toBe('undefined');
  await waitFor('what is missing', async () => /WebRTC/.test(String(await textOf('[role="alert"]'))));
  await fits();
});

test('the SDK loads, and refuses to connect with its own code', async () => {
  const { outputFiles } = await build({
    entryPoints: ['test/e2e/sdkPage.ts'],
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    target: 'es2022',
  });
  await webkit.goto(`${server.url}/v1/openapi.json`);
  const bundle = outputFiles.map(({ text }) => text).join('');
  expect(await webkit.run(`${bundle}; return window.sdk.outcome(window.sdk.connect({}))`)).toEqual(['webrtc_missing']);
});

/** An offer that names two codecs is all that the SDK asks of a connection before the first call. */
const offer = [
  'v=0',
  'o=- 1 1 IN IP4 0.0.0.0',
  's=-',
  't=0 0',
  'm=audio 9 UDP/TLS/RTP/SAVPF 111',
  'a=mid:0',
  'a=sendrecv',
  'a=rtpmap:111 opus/48000/2',
  'm=video 9 UDP/TLS/RTP/SAVPF 96',
  'a=mid:1',
  'a=sendrecv',
  'a=rtpmap:96 VP8/90000',
  '',
].join('\r\n');
const emptyConnections = `window.RTCPeerConnection = class extends EventTarget {
  addTransceiver() { return {}; }
  createOffer() { return Promise.resolve({ type: 'offer', sdp: ${JSON.stringify(offer)} }); }
  close() {}
}`;

describe('with connections that carry nothing in the place of the missing ones', () => {
  beforeEach(async () => {
    await webkit.goto(`${server.url}/?as=alice`);
    await waitFor('what is missing', async () => /WebRTC/.test(String(await textOf('[role="alert"]'))));
    await webkit.run(emptyConnections);
    await webkit.click('main button');
    await waitFor('the list of people', async () => (await textOf('[data-testid="person-bob"]')) !== '');
  }, 60_000);

  const callingState = () =>
    waitFor('the switch', () =>
      webkit.run(`return document.querySelector('[data-testid="calling-switch"]')?.getAttribute('aria-pressed')`),
    );

  test.each([
    ['a desktop', 1200, 800],
    ['a telephone', 420, 800],
  ])(
    'people and settings are there, and fit %s',
    async (_what, width, height) => {
      await webkit.resize(width, height);
      await fits();
      if ((await callingState()) !== 'true') await webkit.click('[data-testid="calling-switch"]');
      await webkit.click('[data-testid="open-settings"]');
      await waitFor('the settings', async () => (await textOf('fieldset.choices')) !== '');
      await fits();
    },
    60_000,
  );

  test('calling is switched on and off at the server', async () => {
    const before = await callingState();
    await webkit.click('[data-testid="calling-switch"]');
    await waitFor('the other state', async () => (await callingState()) !== before);
  }, 60_000);
});
