/** Whoever cuts connections, at whichever stage of whichever protocol, ends nobody's call and no process. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer, connect as connectTls } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { cutOff, cuts } from '../../support/networks/cutting.ts';
import { cleanUpParticipants } from '../../support/participant.ts';
import { Person } from '../../support/participant/person.ts';
import { freePorts } from '../../support/processes/ports.ts';
import { TestRedis } from '../../support/redis/redis.ts';
import { startServerProcess } from '../../support/processes/serverProcess.ts';
import type { ServerProcess } from '../../support/processes/serverProcess.ts';
import { SocketClient } from '../../support/socketClient.ts';
import { waitFor } from '../../support/waitFor.ts';

const get = (path: string, ...headers: readonly string[]): string =>
  [`GET ${path} HTTP/1.1`, 'Host: veilcast', ...headers, '', ''].join('\r\n');
const offer = (path: string, protocol = 'websocket', key = randomBytes(16).toString('base64')): string =>
  get(path, 'Connection: Upgrade', `Upgrade: ${protocol}`, 'Sec-WebSocket-Version: 13', `Sec-WebSocket-Key: ${key}`);
const post = (body: string, ...headers: readonly string[]): string =>
  ['POST /v1/calls HTTP/1.1', 'Host: veilcast', ...headers, '', body].join('\r\n');

/** A text frame of a client, masked with zeros. */
function frame(text: string): Buffer {
  const payload = Buffer.from(text);
  if (payload.length > 125) throw new Error('longer frames have another head');
  return Buffer.concat([Buffer.from([0x81, 0x80 | payload.length, 0, 0, 0, 0]), payload]);
}
const hello = frame('{"jsonrpc":"2.0","id":1,"method":"hello","params":{"token":"x","deviceId":"device-of-nobody"}}');

/** How far a client gets before it is cut. */
const stages: Readonly<Record<string, string | Buffer>> = {
  'before a byte': '',
  'in the request line': 'GET /v1/',
  'in the headers': 'GET /v1/calls HTTP/1.1\r\nHost: veil',
  'after a request': get('/v1/openapi.json'),
  'after several requests at once': get('/').repeat(20),
  'in a body': post('{"callees":', 'Content-Length: 1000'),
  'in a chunk': post('ff\r\n{"call', 'Transfer-Encoding: chunked'),
  'while it waits to continue': post('', 'Content-Length: 5', 'Expect: 100-continue'),
  'after what is not HTTP': '\x16\x03\x01\x02\x00\x01\x00',
  'after the preface of HTTP/2': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'after CONNECT': 'CONNECT elsewhere:443 HTTP/1.1\r\nHost: elsewhere:443\r\n\r\n',
  'after an upgrade to something else': get('/x', 'Connection: Upgrade', 'Upgrade: x'),
  'after an offer of HTTP/2': get(
    '/',
    'Connection: Upgrade, HTTP2-Settings',
    'Upgrade: h2c',
    'HTTP2-Settings: AAMAAABk',
  ),
  'after an upgrade elsewhere': offer('/v1/elsewhere'),
  'after an upgrade with a wrong key': offer('/v1/connect', 'websocket', 'short'),
  'in the headers of an upgrade': offer('/v1/connect').slice(0, -20),
  'after an upgrade': offer('/v1/connect'),
  'in a frame': Buffer.concat([Buffer.from(offer('/v1/connect')), hello.subarray(0, 20)]),
  'in a hello': Buffer.concat([Buffer.from(offer('/v1/connect')), hello]),
  'after a frame that is none': Buffer.concat([Buffer.from(offer('/v1/connect')), Buffer.from([0xff, 0xff, 1, 2, 3])]),
};

let redis: TestRedis;
let server: ServerProcess;
let alice: Person;
let bob: Person;
let callId: string;
let tls: Awaited<ReturnType<typeof startTls>>;
const leftOpen: Socket[] = [];

const portsOf = (): Readonly<Record<string, number>> => ({
  'the public port': server.httpPort,
  'the admin port': Number(new URL(server.adminUrl).port),
});

beforeAll(async () => {
  redis = await TestRedis.start();
  server = await startServerProcess({
    redisUrl: redis.url,
    environment: { VEILCAST_DRAIN_TIMEOUT_MS: '3000', VEILCAST_HELLO_TIMEOUT_MS: '4000' },
  });
  [alice, bob] = [await Person.create(server, 'alice'), await Person.create(server, 'bob')];
  const created = await alice.call(['bob']);
  callId = created.call.id;
  await alice.join(created.ticket);
  await bob.join((await bob.socket.waitFor('call.incoming')).ticket);
  await bob.act(callId, 'answer');
  tls = await startTls(server.httpPort);
});
afterAll(async () => {
  for (const socket of leftOpen) socket.destroy();
  await Promise.all([alice, bob].map((person) => person.close()));
  cleanUpParticipants();
  await tls.stop();
  await server.stop();
  await redis.stop();
});

async function theCallContinues(): Promise<void> {
  const before = [alice.packets, bob.packets];
  await waitFor('media at both', () => alice.packets > (before[0] ?? 0) + 20 && bob.packets > (before[1] ?? 0) + 20);
  expect((await alice.read(callId)).phase).toBe('active');
}

async function cutEverywhere(port: number): Promise<void> {
  for (const bytes of Object.values(stages)) {
    for (const cut of cuts) {
      const moments = (['atOnce', 'soon', 'answered'] as const).flatMap((when) => [when, when]);
      await Promise.all(moments.map((when) => cutOff({ port, bytes, cut, when }, leftOpen)));
    }
  }
}

describe('cut at every stage', () => {
  test.each(['the public port', 'the admin port'])('cut %s', async (name) => {
    await cutEverywhere(portsOf()[name] ?? 0);
    expect((await fetch(`${server.adminUrl}/healthz`)).status).toBe(200);
    await theCallContinues();
  });

  test('behind a proxy that ends TLS and forwards each cut', async () => {
    for (const bytes of Object.values(stages)) {
      for (const cut of ['reset', 'end'] as const) await tls.cutOff(bytes, cut);
    }
    await theCallContinues();
  });

  test('in a session', async () => {
    for (let round = 0; round < 4; round += 1) {
      const client = await SocketClient.open(server.url);
      const greeting = client.try('hello', { token: bob.token, deviceId: `device-${round}-of-bob` });
      // Nobody hears the answer.
      greeting.catch(() => undefined);
      if (round > 1) await greeting;
      for (const method of ['ping', 'events', 'join']) client.try(method, { callId, after: 0 }).catch(() => undefined);
      const closed = once(client.socket, 'close');
      if (round % 2 === 0) resetOf(client);
      else client.socket.terminate();
      await closed;
    }
    await theCallContinues();
  });
});

describe('nothing is kept', () => {
  test('refused upgrades are answered and closed by the server, even if the client does neither', async () => {
    const before = descriptors();
    const sockets = await Promise.all(
      Array.from({ length: 100 }, async (_, index) => {
        const bytes =
          [offer('/x', 'x'), offer('/v1/connect', 'websocket', 'short'), offer('/nowhere')][index % 3] ?? '';
        const socket = connect({ port: server.httpPort, host: '127.0.0.1', allowHalfOpen: true });
        socket.on('error', () => undefined);
        socket.write(bytes.replace('Connection: Upgrade', 'Connection: Upgrade, close'));
        await once(socket, 'data');
        return socket;
      }),
    );
    await waitFor('all to be closed at the server', () => descriptors() <= before + 5);
    for (const socket of sockets) socket.destroy();
  });

  test('clients that were cut or left half open leave no file descriptor behind', async () => {
    for (const socket of leftOpen.splice(0)) socket.destroy();
    await waitFor('few connections', () => connections() < 20);
  });
});

test('cut or stuck clients neither end nor delay a drain', async () => {
  const stuck = await Promise.all(
    [...Object.values(stages), ...Object.values(stages)].map(async (bytes) => {
      const socket = connect({ port: server.httpPort, host: '127.0.0.1', allowHalfOpen: true });
      socket.on('error', () => undefined);
      await once(socket, 'connect');
      if (bytes.length > 0) socket.write(bytes);
      return socket;
    }),
  );
  leftOpen.push(...stuck);
  const stopped = server.stop();
  await waitFor('the drain', async () => (await fetch(`${server.adminUrl}/readyz`)).status === 503);
  const began = performance.now();
  const cutting = cutEverywhere(server.httpPort);
  expect(await stopped).toBe(0);
  // Three seconds for the calls, one for connections, and time for a busy machine.
  expect(performance.now() - began).toBeLessThan(20_000);
  await cutting;
});

function resetOf(client: SocketClient): void {
  const socket: unknown = Reflect.get(client.socket, '_socket');
  if (typeof socket !== 'object' || socket === null || !('resetAndDestroy' in socket)) throw new Error('no socket');
  if (typeof socket.resetAndDestroy === 'function') Reflect.apply(socket.resetAndDestroy, socket, []);
}

const descriptors = (): number => readdirSync(`/proc/${server.pid}/fd`).length;

/** To the public port, at the server: of every state in which it still has one. */
function connections(): number {
  const port = server.httpPort.toString(16).toUpperCase().padStart(4, '0');
  const lines = readFileSync(`/proc/${server.pid}/net/tcp`, 'utf8').split('\n');
  // 0A listens; 06 waits in the kernel alone.
  return lines.filter((line) => {
    const [, local = '', , state] = line.trim().split(/\s+/);
    return local.endsWith(`:${port}`) && state !== '0A' && state !== '06';
  }).length;
}

/** TLS ends here; what becomes of the client becomes of the connection behind, as with HAProxy. */
async function startTls(behind: number) {
  const folder = mkdtempSync(join(tmpdir(), 'veilcast-cut-'));
  const [key, cert] = [join(folder, 'key'), join(folder, 'cert')];
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  execFileSync('openssl', ['req', ...kind, '-subj', '/CN=veilcast', '-keyout', key, '-out', cert], { stdio: 'ignore' });
  const front = createTlsServer({ key: readFileSync(key), cert: readFileSync(cert) }, (client) => {
    const backend = connect(behind, '127.0.0.1');
    client.on('error', () => backend.resetAndDestroy());
    backend.on('error', () => client.destroy());
    client.on('close', () => {
      backend.destroySoon();
    });
    backend.on('close', () => client.destroy());
    client.pipe(backend).pipe(client);
  });
  rmSync(folder, { recursive: true });
  front.on('tlsClientError', () => undefined);
  const [port = 0] = await freePorts(1);
  front.listen(port, '127.0.0.1');
  await once(front, 'listening');
  return {
    cutOff: async (bytes: string | Buffer, cut: 'reset' | 'end') => {
      const socket = connect(port, '127.0.0.1');
      const secured = connectTls({ socket, rejectUnauthorized: false });
      for (const one of [socket, secured]) one.on('error', () => undefined);
      await once(secured, 'secureConnect');
      await new Promise<void>((resolve) => {
        if (bytes.length === 0) resolve();
        else
          secured.write(bytes, () => {
            resolve();
          });
      });
      if (cut === 'reset') socket.resetAndDestroy();
      else secured.end();
    },
    stop: async () => {
      front.close();
      await Promise.resolve();
    },
  };
}
