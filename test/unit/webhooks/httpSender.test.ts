/** Where webhooks are sent to, and where they are not. */
import { expect, test } from '@jest/globals';
import { isIP } from 'node:net';
import type { LookupFunction } from 'node:net';
import { HttpSender } from '../../../src/adapters/webhooks/httpSender.ts';
import { WebhookReceiver, verify } from '../../support/webhookReceiver.ts';

const clock = { now: () => Date.now() };
const secrets = ['whsec_b25lIHNlY3JldCBmb3IgdGVzdHM=', 'whsec_YW5vdGhlciBzZWNyZXQgZm9yIHRlc3Rz'];
const guarded = new HttpSender({ allowPrivate: false, timeoutMs: 1_000, clock });
const open = new HttpSender({ allowPrivate: true, timeoutMs: 1_000, clock });
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
  return { seen, sender: new HttpSender({ allowPrivate: false, timeoutMs: 1_000, clock, lookup }) };
}

test.each([
  ['a loopback address', ['127.0.0.1']],
  ['a private one behind a public one', ['1.1.1.1', '10.0.0.1']],
  ['a unique local one', ['fd00::1']],
  ['a link-local one', ['fe80::1']],
  ['a mapped one', ['::ffff:127.0.0.1']],
])('a name that leads to %s is refused', async (_, addresses) => {
  const { seen, sender } = resolving(addresses);
  expect(await sender.send(message('https://app.example/'))).toEqual({ accepted: false, failure: 'address_refused' });
  expect(seen.asked).toBe(1);
});

test('a name that changes its mind is looked up once for both: the check and the connection', async () => {
  // Public as far as anybody knows, and led to by nobody.
  const { seen, sender } = resolving(['4000::1'], ['127.0.0.1']);
  const receiver = await WebhookReceiver.start();
  const outcome = await sender.send(message(`https://app.example:${receiver.port}/`));
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
])('%s may be sent to: %s, and where private addresses are allowed: %s', async (url, whenGuarded, whenOpen) => {
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
