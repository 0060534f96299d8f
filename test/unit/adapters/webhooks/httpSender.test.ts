/** Where webhooks are sent to, and where they are not. */
import { afterEach, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { createServer, isIP } from 'node:net';
import type { LookupFunction, Server, Socket } from 'node:net';
import { HttpSender } from '../../../../src/adapters/webhooks/httpSender.ts';
import { WebhookReceiver, verify } from '../../../support/webhookReceiver.ts';

const clock = { now: () => Date.now() };
const secrets = ['whsec_b25lIHNlY3JldCBmb3IgdGVzdHM=', 'whsec_YW5vdGhlciBzZWNyZXQgZm9yIHRlc3Rz'];
/** More than any machine needs. */
const timeoutMs = 20_000;
const guarded = new HttpSender({ allowPrivate: false, timeoutMs, clock });
const open = new HttpSender({ allowPrivate: true, timeoutMs, clock });
const message = (url: string) => ({
  id: 'call_x_1',
  body: '{"type":"t","timestamp":"2026-01-01T00:00:00.000Z","data":{}}',
  url,
  secrets,
});

test.each([
  '127.0.0.1',
  '127.8.8.8',
  '0.0.0.0',
  '10.1.2.3',
  '172.16.0.1',
  '192.168.1.1',
  '169.254.169.254',
  '100.64.0.1',
  '224.0.0.1',
  '255.255.255.255',
  '2130706433',
  '0177.0.0.1',
  '[::1]',
  '[::]',
  '[fe80::1]',
  '[fc00::1]',
  '[fd12:3456::1]',
  '[::ffff:10.0.0.1]',
  '[::ffff:7f00:1]',
  '[64:ff9b::7f00:1]',
  '[2002:7f00:1::]',
  'localhost',
])('%s is refused', async (host) => {
  expect(await guarded.send(message(`https://${host}:9/`))).toEqual({ accepted: false, failure: 'address_refused' });
});

/** A sender for which each look-up of a name answers the next list. */
function resolving(...answers: readonly string[][]) {
  const seen = { asked: 0 };
  const lookup: LookupFunction = (_host, options, done) => {
    const addresses = answers[Math.min(seen.asked, answers.length - 1)] ?? [];
    seen.asked += 1;
    const found = addresses.map((address) => ({ address, family: isIP(address) }));
    setImmediate(() => {
      if (options.all) done(null, found);
      else done(null, found[0]?.address ?? '', found[0]?.family);
    });
  };
  const senderThatWaits = (waitMs: number) => new HttpSender({ allowPrivate: false, timeoutMs: waitMs, clock, lookup });
  return { seen, sender: senderThatWaits(timeoutMs), hasty: senderThatWaits(500) };
}

test.each([
  ['a loopback address', ['127.0.0.1']],
  ['a public and a private address', ['1.1.1.1', '10.0.0.1']],
  ['a unique local one', ['fd00::1']],
  ['a link-local one', ['fe80::1']],
  ['a mapped one', ['::ffff:127.0.0.1']],
])('a name that resolves to %s is refused', async (_, addresses) => {
  const { seen, sender } = resolving(addresses);
  expect(await sender.send(message('https://app.example/'))).toEqual({ accepted: false, failure: 'address_refused' });
  expect(seen.asked).toBe(1);
});

test('a name whose address changes is resolved once, for both the check and the connection', async () => {
  // Public as far as anybody knows, and led to by nobody.
  const { seen, sender, hasty } = resolving(['4000::1'], ['127.0.0.1']);
  const receiver = await WebhookReceiver.start();
  const outcome = await hasty.send(message(`https://app.example:${receiver.port}/`));
  expect(outcome).toMatchObject({ accepted: false, failure: expect.stringMatching(/not_reached|too_slow/) });
  expect(seen.asked).toBe(1);
  expect(await sender.send(message(`https://app.example:${receiver.port}/`))).toMatchObject({
    failure: 'address_refused',
  });
  expect(receiver.received).toEqual([]);
  await receiver.stop();
});

test.each([
  ['ftp://app.example/', false, false],
  ['file:///etc/passwd', false, false],
  ['http://app.example/', false, true],
  ['https://app.example/', true, true],
  ['https://user:secret@app.example/', false, false],
  [`https://app.example/${'x'.repeat(2_048)}`, false, false],
  ['no URL', false, false],
])('%s may be used: %s, and with private addresses allowed: %s', async (url, whenGuarded, whenOpen) => {
  expect([guarded.maySendTo(url), open.maySendTo(url)]).toEqual([whenGuarded, whenOpen]);
  if (!whenGuarded) expect(await guarded.send(message(url))).toEqual({ accepted: false, failure: 'address_refused' });
});

test('is signed with each secret, at the time of the attempt', async () => {
  const receiver = await WebhookReceiver.start();
  expect(await open.send(message(receiver.url))).toEqual({ accepted: true, status: 204 });
  const [come] = receiver.received;
  if (come === undefined) throw new Error('nothing has come');
  for (const secret of secrets) verify(come, secret);
  expect(come.headers).toMatchObject({ 'webhook-id': 'call_x_1', 'content-type': 'application/json' });
  expect(come.body).toBe(message('').body);
  await receiver.stop();
});

test('an upgrade, a hang-up and a closed port are failures', async () => {
  const receiver = await WebhookReceiver.start();
  receiver.behave = (_, response) => {
    response.writeHead(101, { connection: 'upgrade', upgrade: 'x' }).end();
  };
  expect((await open.send(message(receiver.url))).accepted).toBe(false);
  receiver.behave = (request) => request.socket.destroy();
  expect(await open.send(message(receiver.url))).toEqual({ accepted: false, failure: 'not_reached' });
  const { url } = receiver;
  await receiver.stop();
  expect(await open.send(message(url))).toEqual({ accepted: false, failure: 'not_reached' });
});

let stalling: Server | undefined;
afterEach(() => {
  stalling?.close();
  stalling = undefined;
});

/** A receiver that does with the bare connection what it likes. */
async function receiving(behave: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    // Whoever sends may be gone at any time.
    socket.on('error', () => socket.destroy());
    server.once('close', () => socket.destroy());
    behave(socket);
  });
  stalling = server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** Says the first at once, and the rest again and again for as long as it is listened to. */
const saying = (first: string, again?: string, everyMs = 20) => {
  return (socket: Socket): void => {
    socket.resume();
    socket.write(first);
    if (again === undefined) return;
    const more = setInterval(() => socket.write(again), everyMs);
    socket.once('close', () => {
      clearInterval(more);
    });
  };
};
const flooding = (first: string, again: string) => {
  return (socket: Socket): void => {
    socket.resume();
    socket.write(first);
    const more = () => {
      while (!socket.destroyed && socket.write(again.repeat(100)));
    };
    socket.on('drain', more);
    more();
  };
};
/** Which of both is a matter of what comes first. */
const givenUp = { accepted: false, failure: expect.stringMatching(/^(not_reached|too_slow)$/) };
const tooSlow = { accepted: false, failure: 'too_slow' };
const yes = { accepted: true, status: 200 };

test.each<[string, (socket: Socket) => void, unknown, string?]>([
  ['sends nothing', () => undefined, tooSlow],
  ['sends nothing in the TLS handshake', () => undefined, tooSlow, 'https'],
  ['stops inside the status line', saying('HTTP/1.1 20'), tooSlow],
  ['stops inside the headers', saying('HTTP/1.1 200 OK\r\ncontent-le'), tooSlow],
  ['sends headers byte by byte', saying('HTTP/1.1 200 OK\r\n', 'a: b\r\n'), tooSlow],
  ['sends endless headers', flooding('HTTP/1.1 200 OK\r\n', 'a: b\r\n'), givenUp],
  ['sends endless interim responses', flooding('', 'HTTP/1.1 103 Early Hints\r\n\r\n'), givenUp],
  ['stops inside the body of a success', saying('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nyes'), yes],
  ['sends the body byte by byte', saying('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n', '1\r\nx\r\n'), yes],
  [
    'sends an endless body',
    flooding('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n', `400\r\n${'x'.repeat(1024)}\r\n`),
    yes,
  ],
  ['cuts the body of a success', (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf'), yes],
  [
    'resets inside the body of a success',
    (socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf');
      setTimeout(() => socket.resetAndDestroy(), 20);
    },
    yes,
  ],
  ['sends broken chunks', saying('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nno chunk'), yes],
  [
    'hangs up inside the headers',
    (socket) => socket.end('HTTP/1.1 200 OK\r\ncon'),
    { accepted: false, failure: 'not_reached' },
  ],
])('a receiver that %s is given up in time', async (_, behave, outcome, scheme = 'http') => {
  const port = await receiving(behave);
  const hasty = new HttpSender({ allowPrivate: true, timeoutMs: 300, clock });
  const sender = outcome === tooSlow ? hasty : open;
  expect(await sender.send(message(`${scheme}://127.0.0.1:${port}/`))).toEqual(outcome);
});

test('a receiver can say when to try again', async () => {
  const receiver = await WebhookReceiver.start();
  const asked = async (status: number, retryAfter: string) => {
    receiver.behave = (_, response) => response.writeHead(status, { 'retry-after': retryAfter }).end();
    return open.send(message(receiver.url));
  };
  const refused = { accepted: false, failure: 'status' };
  expect(await asked(429, '7')).toEqual({ ...refused, status: 429, retryAfterMs: 7_000 });
  const inAMinute = await asked(503, new Date(Date.now() + 60_000).toUTCString());
  expect(inAMinute).toEqual({ ...refused, status: 503, retryAfterMs: expect.any(Number) });
  expect('retryAfterMs' in inAMinute ? inAMinute.retryAfterMs : 0).toBeGreaterThan(55_000);
  expect(await asked(503, 'soon')).toEqual({ ...refused, status: 503 });
  expect(await asked(500, '7')).toEqual({ ...refused, status: 500 });
  await receiver.stop();
});

test('a name whose lookup hangs is looked up once at a time', async () => {
  let asked = 0;
  const lookup: LookupFunction = () => {
    asked += 1;
  };
  const sender = new HttpSender({ allowPrivate: true, timeoutMs: 50, clock, lookup });
  const send = () => sender.send(message('http://app.example/'));
  expect(await Promise.all([send(), send(), send()])).toEqual([tooSlow, tooSlow, tooSlow]);
  expect(await send()).toEqual(tooSlow);
  expect(asked).toBe(1);
});
