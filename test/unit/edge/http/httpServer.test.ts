/** Connections that offer what nobody wants, that take too long, that break: each is answered or closed, and none stays. */
import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterEach, describe, expect, test } from '@jest/globals';
import { ConnectionFaults } from '../../../../src/edge/connectionFaults.ts';
import { crossOrigin } from '../../../../src/edge/http/crossOrigin.ts';
import { createHttpServer } from '../../../../src/edge/http/httpServer.ts';
import type { BoundedServer, HttpServerLimits, HttpServerOptions } from '../../../../src/edge/http/httpServer.ts';
import { clientsBehind } from '../../../../src/edge/http/clientAddress.ts';
import { wantsUpgrade } from '../../../../src/edge/socket/upgrades.ts';
import type { Upgrades } from '../../../../src/edge/socket/upgrades.ts';
import type { ConnectionCut } from '../../../../src/ports/system/connectionMetrics.ts';
import { waitFor } from '../../../support/waitFor.ts';
import { worldOf } from '../server.ts';

let bounded: BoundedServer;
let cuts: ConnectionCut[] = [];
const opened: Socket[] = [];
afterEach(async () => {
  for (const socket of opened.splice(0)) socket.destroy();
  await bounded.stop();
});

const echo: RequestListener = (request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    response.end(`<${request.method ?? ''} ${request.url ?? ''} ${Buffer.concat(chunks).toString()}>`);
  });
};

const upgrades: Upgrades = {
  wants: wantsUpgrade,
  take: (_request, socket) => socket.end('HTTP/1.1 101 Switching Protocols\r\n\r\n'),
};

async function started(
  app: RequestListener = echo,
  limits: Partial<HttpServerLimits> = {},
  options: Partial<HttpServerOptions> = {},
) {
  cuts = [];
  const world = worldOf();
  const faults = new ConnectionFaults({
    edge: 'http',
    log: world.options.log,
    metrics: { connectionCut: (_edge, why) => cuts.push(why) },
  });
  bounded = createHttpServer({
    app,
    faults,
    upgrades,
    limits: { maxConnections: 10, connectionsPerNetwork: 10, keepAliveTimeoutMs: 60_000, ...limits },
    ...options,
  });
  bounded.server.listen(0, '127.0.0.1');
  await once(bounded.server, 'listening');
  return world;
}

async function opens(): Promise<{ socket: Socket; text: () => string; closed: () => boolean }> {
  const address = bounded.server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const socket = connect({ port: address.port, host: '127.0.0.1', allowHalfOpen: true });
  opened.push(socket);
  socket.on('error', () => undefined);
  let text = '';
  let isClosed = false;
  socket.on('data', (chunk) => (text += String(chunk)));
  for (const event of ['end', 'close']) socket.on(event, () => (isClosed = true));
  await once(socket, 'connect');
  return { socket, text: () => text, closed: () => isClosed };
}

const h2c = ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA'];
const request = (line: string, headers: readonly string[], body = ''): string =>
  [`${line} HTTP/1.1`, 'Host: veilcast', ...headers, '', body].join('\r\n');
const count = (text: string, part: string): number => text.split(part).length - 1;

test.each([
  ['a request', []],
  ['an offer that is ignored', h2c],
  ['a WebSocket', ['Connection: Upgrade', 'Upgrade: websocket']],
])('%s with several Host headers is refused (RFC 9112 §3.2)', async (_name, headers) => {
  await started();
  const { socket, text } = await opens();
  socket.write(request('GET /v1/connect', ['host: another', ...headers]));
  await waitFor('the answer', () => text().includes('"code":"invalid_request"'));
  expect(text()).toMatch(/^HTTP\/1\.1 400 /);
});

describe('an offer to upgrade that the server does not want is ignored (RFC 9110 §7.8)', () => {
  test.each([
    ['HTTP/2', request('GET /a', h2c), '<GET /a >'],
    ['HTTP/2 with a body', request('POST /b', [...h2c, 'Content-Length: 5'], 'hello'), '<POST /b hello>'],
    [
      'HTTP/2 with a body in chunks',
      request('POST /c', [...h2c, 'Transfer-Encoding: chunked'], '5\r\nhello\r\n0\r\n\r\n'),
      '<POST /c hello>',
    ],
    ['TLS', request('OPTIONS *', ['Connection: upgrade', 'Upgrade: TLS/1.2']), '<OPTIONS * >'],
    ['WebSocket on another path', request('GET /d', ['Connection: Upgrade', 'Upgrade: websocket']), '<GET /d >'],
    [
      'WebSocket by POST',
      request('POST /v1/connect', ['Connection: Upgrade', 'Upgrade: websocket', 'Content-Length: 0']),
      '<POST /v1/connect >',
    ],
  ])('%s', async (_name, bytes, answer) => {
    await started();
    const { socket, text } = await opens();
    socket.write(bytes);
    await waitFor('the answer', () => text().includes(answer));
    expect(text()).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    // The connection continues, for an offer as well as for none.
    socket.write(request('GET /again', []) + request('GET /offered', h2c) + request('GET /last', []));
    await waitFor('three more', () => count(text(), 'HTTP/1.1 200') === 4);
    expect(text().indexOf('/again')).toBeLessThan(text().indexOf('/offered'));
    expect(text().indexOf('/offered')).toBeLessThan(text().indexOf('/last'));
  });

  test('a wanted upgrade is taken, also with a trailing slash and as an absolute URL', async () => {
    await started();
    for (const target of ['/v1/connect', '/v1/connect/', '/v1/connect?a=1', 'http://veilcast/v1/connect']) {
      const { socket, text } = await opens();
      socket.write(request(`GET ${target}`, ['Connection: keep-alive, Upgrade', 'Upgrade: WebSocket']));
      await waitFor('the switch', () => text().startsWith('HTTP/1.1 101'));
    }
  });

  test('one of several protocols is enough, and HTTP/1.0 has none', async () => {
    await started();
    const several = await opens();
    several.socket.write(request('GET /v1/connect', ['Connection: Upgrade', 'Upgrade: h2c, WebSocket']));
    await waitFor('the switch', () => several.text().startsWith('HTTP/1.1 101'));
    const old = await opens();
    old.socket.write('GET /v1/connect HTTP/1.0\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    await waitFor('the answer', () => old.text().includes('<GET /v1/connect >'));
  });

  test('requests before and after it on the same connection are answered in order', async () => {
    await started((asked, response) => {
      // The first is the slowest.
      setTimeout(() => response.end(`<${asked.url ?? ''}>`), asked.url === '/1' ? 50 : 0);
    });
    const { socket, text } = await opens();
    const offers = ['/2', '/3'].map((path) => request(`GET ${path}`, h2c));
    socket.write([request('GET /1', []), ...offers, request('GET /4', [])].join(''));
    await waitFor('all', () => text().includes('</4>'));
    expect(text().match(/<\/\d>/g)).toEqual(['</1>', '</2>', '</3>', '</4>']);
    const halves = request('POST /5', [...h2c, 'Content-Length: 5'], 'hello');
    socket.write(halves.slice(0, -3));
    await new Promise((resolve) => setTimeout(resolve, 20));
    socket.write(halves.slice(-3) + request('GET /6', []));
    await waitFor('both', () => text().includes('</6>'));
    expect(text()).toContain('</5>');
  });

  test('CONNECT opens no tunnel', async () => {
    await started();
    const { socket, closed } = await opens();
    socket.write(request('CONNECT elsewhere:443', []));
    await waitFor('the end', closed);
  });
});

describe('every connection has a time limit', () => {
  const short = { keepAliveTimeoutMs: 100, checkEveryMs: 50 };

  test('an idle connection is kept as long as the setting says, and the header time-out is a little longer', async () => {
    await started(echo, { keepAliveTimeoutMs: 75_000 });
    const { keepAliveTimeout, headersTimeout, requestTimeout } = bounded.server;
    expect(keepAliveTimeout).toBe(75_000);
    expect(headersTimeout).toBeGreaterThan(keepAliveTimeout);
    expect(requestTimeout).toBeGreaterThanOrEqual(headersTimeout);
  });

  test('an idle connection is closed after it, and not before its next request is answered', async () => {
    await started(echo, { ...short, keepAliveTimeoutMs: 1_000 });
    const { socket, text, closed } = await opens();
    // In the same turn as the answer: a busy machine may let the time pass between two turns.
    socket.once('data', () => socket.write(request('GET /2', [])));
    socket.write(request('GET /1', []));
    await waitFor('both answers', () => text().includes('/1 ') && text().includes('/2 '));
    await waitFor('the end', closed);
  });

  test('a client that does not read its answer is cut off', async () => {
    const large: RequestListener = (_request, response) => {
      response.end(Buffer.alloc(64 * 1024 * 1024));
    };
    await started(large, { ...short, exchangeTimeoutMs: 200 });
    const { socket } = await opens();
    socket.pause();
    socket.write(request('GET /', []));
    await waitFor('the cut', () => connectionsOf().then((open) => cuts.includes('slow') && open === 0));
  });

  test('a connection that was cut with requests waiting on it is not taken for a slow one, and a slow one is counted once', async () => {
    const exchangeTimeoutMs = 300;
    let asked = 0;
    await started(() => (asked += 1), { ...short, exchangeTimeoutMs });
    const cut = await opens();
    cut.socket.write(request('GET /', []).repeat(3));
    await waitFor('all three', () => asked === 3);
    cut.socket.resetAndDestroy();
    await waitFor('it to be gone', async () => (await connectionsOf()) === 0);
    const before = [...cuts];
    const slow = await opens();
    slow.socket.write(request('GET /', []).repeat(3));
    // By then the time of those that were cut is over, too.
    await waitFor('the end', slow.closed);
    expect(cuts.slice(before.length)).toEqual(['slow']);
  });

  test('an answer that never comes ends the connection', async () => {
    await started(() => undefined, { ...short, exchangeTimeoutMs: 200 });
    const { socket, closed } = await opens();
    socket.write(request('GET /', []));
    await waitFor('the end', closed);
  });

  test('connections beyond the limit are closed on arrival', async () => {
    await started(echo, { maxConnections: 1 });
    await opens();
    const second = await opens();
    await waitFor('the end', second.closed);
    expect(cuts).toContain('refused');
  });

  test('a stop ends stuck connections in any state', async () => {
    await started(() => undefined);
    const clients = await Promise.all([opens(), opens(), opens()]);
    const [waiting, sending, upgraded] = clients;
    waiting.socket.write(request('GET /', []));
    sending.socket.write('GET / HT');
    upgraded.socket.write(request('GET /v1/connect', ['Connection: Upgrade', 'Upgrade: websocket']));
    await waitFor('the switch', () => upgraded.text().startsWith('HTTP/1.1 101'));
    await bounded.stop();
    expect(await connectionsOf()).toBe(0);
  });
});

describe('a network has a limit of connections', () => {
  const offer = request('GET /v1/connect', ['Connection: Upgrade', 'Upgrade: websocket']);

  test('further connections are told so and closed; when one ends, another may open', async () => {
    const world = await started(echo, { connectionsPerNetwork: 2 });
    const [first] = [await opens(), await opens()];
    const third = await opens();
    third.socket.write(request('GET /a', []));
    await waitFor('the end of the third', third.closed);
    expect(third.text()).toMatch(/^HTTP\/1.1 429 .*"code":"too_many_connections"/s);
    const fourth = await opens();
    fourth.socket.write(offer);
    await waitFor('the end of the fourth', fourth.closed);
    expect(fourth.text()).toMatch(/^HTTP\/1.1 429 .*"code":"too_many_connections"/s);
    for (const { socket } of [third, fourth]) socket.destroy();
    expect(cuts).toEqual(['crowded', 'crowded']);
    expect(JSON.stringify(world.logged)).not.toContain('127.0.0');
    first.socket.destroy();
    await waitFor('the first to be gone', async () => (await connectionsOf()) === 1);
    const fifth = await opens();
    fifth.socket.write(request('GET /b', []));
    await waitFor('an answer', () => fifth.text().includes('<GET /b >'));
  });

  test('a page of an allowed origin can read the refusal, and its preflight is answered', async () => {
    const app = 'https://app.example';
    await started(echo, { connectionsPerNetwork: 1 }, { crossOrigin: crossOrigin([app]) });
    await opens();
    const asked = async (line: string, headers: readonly string[]): Promise<string> => {
      const { socket, text, closed } = await opens();
      socket.write(request(line, headers));
      await waitFor('the end', closed);
      return text();
    };
    const refused = await asked('GET /v1/calls', [`Origin: ${app}`]);
    expect(refused).toMatch(/^HTTP\/1.1 429 .*"code":"too_many_connections"/s);
    expect(refused).toContain(`Access-Control-Allow-Origin: ${app}\r\n`);
    const wanted = ['Access-Control-Request-Method: POST', 'Access-Control-Request-Headers: authorization'];
    const preflight = await asked('OPTIONS /v1/calls', [`Origin: ${app}`, ...wanted]);
    expect(preflight).toMatch(/^HTTP\/1.1 204 /);
    expect(preflight).toContain(`Access-Control-Allow-Origin: ${app}\r\n`);
    expect(await asked('GET /v1/calls', ['Origin: https://other.example'])).not.toContain(
      'Access-Control-Allow-Origin',
    );
  });

  test('a silent connection is not waited for, nor any of a flood', async () => {
    await started(echo, { maxConnections: 300, connectionsPerNetwork: 1 });
    await opens();
    const flood = await Promise.all(Array.from({ length: 100 }, opens));
    await waitFor('all others to be closed', () => flood.every(({ closed }) => closed()));
    expect(cuts).toEqual(Array.from({ length: 100 }, () => 'crowded'));
    expect(await connectionsOf()).toBe(1);
  });

  test('behind trusted proxies each client has its own limit, and the proxy has none', async () => {
    const held: (() => void)[] = [];
    const hold: RequestListener = (_request, response) => {
      held.push(() => response.end('held'));
    };
    const clients = clientsBehind({ trustedProxies: ['127.0.0.1'] });
    await started(hold, { connectionsPerNetwork: 2 }, { clients });
    const ask = async (...from: readonly string[]) => {
      const opened = await opens();
      opened.socket.write(request('GET /', from));
      return opened;
    };
    const carol = 'X-Forwarded-For: 192.0.2.7';
    for (let count = 0; count < 4; count += 1) await ask();
    for (let count = 0; count < 2; count += 1) await ask(carol);
    await waitFor('all to be held', () => held.length === 6);
    const [third, upgrade] = [await ask(carol), await ask(carol, 'Connection: Upgrade', 'Upgrade: websocket')];
    await waitFor('refusals', () => [third, upgrade].every(({ text }) => text().includes('too_many_connections')));
    // The proxy continues with the requests of others.
    expect(third.text()).not.toMatch(/^Connection: close/im);
    await ask('X-Forwarded-For: 192.0.2.8');
    await waitFor('the other to be held', () => held.length === 7);
    for (const end of held.splice(0)) end();
    await ask(carol);
    await waitFor('one more of hers', () => held.length === 1);
    expect(cuts).toEqual(['crowded', 'crowded']);
  });

  test('queued requests end with their connection', async () => {
    let asked = 0;
    const hold: RequestListener = () => {
      asked += 1;
    };
    await started(hold, { connectionsPerNetwork: 3 }, { clients: clientsBehind({ trustedProxies: 1 }) });
    const carols = request('GET /', ['X-Forwarded-For: 192.0.2.7']);
    const { socket } = await opens();
    socket.write(carols.repeat(3));
    await waitFor('all three', () => asked === 3);
    socket.destroy();
    await waitFor('the connection to be gone', async () => (await connectionsOf()) === 0);
    (await opens()).socket.write(carols.repeat(3));
    await waitFor('three more of hers', () => asked === 6);
  });

  test('sockets count as long as they are open', async () => {
    const taken: Duplex[] = [];
    const clients = clientsBehind({ trustedProxies: 1 });
    const take: Upgrades = { wants: wantsUpgrade, take: (_request, socket) => taken.push(socket) };
    await started(echo, { connectionsPerNetwork: 1 }, { clients, upgrades: take });
    const carols = offer.replace('Host: veilcast', 'Host: veilcast\r\nX-Forwarded-For: 2001:db8::1');
    (await opens()).socket.write(carols);
    await waitFor('her socket', () => taken.length === 1);
    const other = await opens();
    other.socket.write(carols.replace('2001:db8::1', '2001:db8::2'));
    await waitFor('the refusal', other.closed);
    expect(other.text()).toMatch(/^HTTP\/1.1 429 .*"code":"too_many_connections"/s);
    for (const socket of [other.socket, ...taken.splice(0)]) socket.destroy();
    await waitFor('both to be gone', async () => (await connectionsOf()) === 0);
    (await opens()).socket.write(carols);
    await waitFor('her next socket', () => taken.length === 1);
  });
});

test('an expectation other than 100-continue is ignored', async () => {
  await started();
  const { socket, text } = await opens();
  socket.write(request('POST /a', ['Expect: a-pony', 'Content-Length: 2'], 'hi'));
  await waitFor('the answer', () => text().includes('<POST /a hi>'));
});

test('problems of connections are counted each time and logged once', async () => {
  const world = await started();
  for (let round = 0; round < 3; round += 1) {
    const { socket, closed } = await opens();
    socket.write('this is not HTTP\r\n\r\n');
    await waitFor('the end', closed);
  }
  await waitFor('all to be counted', () => cuts.length === 3);
  expect(cuts).toEqual(['malformed', 'malformed', 'malformed']);
  expect(world.logged).toHaveLength(1);
  // The server itself may fail to accept: no descriptor is left.
  bounded.server.emit('error', Object.assign(new Error('accept EMFILE'), { code: 'EMFILE' }));
  bounded.server.emit('error', new TypeError('a bug'));
  expect(cuts.slice(3)).toEqual(['refused', 'fault']);
});

function connectionsOf(): Promise<number> {
  return new Promise((resolve, reject) => {
    bounded.server.getConnections((error, open) => {
      if (error === null) resolve(open);
      else reject(error);
    });
  });
}
