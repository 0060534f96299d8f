/** Candidates and descriptions in messages, headers that claim addresses, messages too large, and questions about others. */
import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { request } from '../../support/participant/person.ts';
import { SocketClient } from '../../support/socketClient.ts';
import type { Attempt } from '../carol/carolOrders.ts';
import { homeOf, secondHomeOf } from '../stage/people.ts';
import { canary } from './options.ts';
import type { AttackOptions } from './options.ts';

const own = homeOf('carol').v4;
const candidate = `candidate:1 1 udp 2122260223 ${own} 50000 typ srflx raddr ${secondHomeOf('carol').v4} rport 50001`;
const sdp = `v=0\r\no=${canary} 1 1 IN IP4 ${own}\r\ns=-\r\nc=IN IP4 ${own}\r\na=${candidate}\r\na=ice-ufrag:${canary}\r\n`;
const extra = {
  candidate,
  sdp,
  candidates: [{ candidate, address: own, ip: own }],
  userAgent: canary,
  displayName: canary,
};

export async function forgeMessages(options: AttackOptions, callId: string): Promise<readonly Attempt[]> {
  return [
    await unknownMethods(options),
    await moreThanAsked(options),
    ...(await tooLarge(options)),
    ...(await overHttp(options, callId)),
    await adminPort(options),
  ];
}

async function unknownMethods({ person }: AttackOptions): Promise<Attempt> {
  const methods = ['candidate', 'offer', 'iceCandidate', 'description', 'dump', 'getStats', 'tuple'];
  const answers: string[] = [];
  for (const method of methods)
    answers.push(await person.socket.refusal(method, { sessionId: person.sessionId, ...extra }));
  const held = answers.every((code) => code === 'unknown_method');
  return { what: 'candidates, descriptions and questions for dumps have no method', held, detail: answers.join(', ') };
}

/** Fields that no schema has, beside right ones and inside them. */
async function moreThanAsked({ person }: AttackOptions): Promise<Attempt> {
  const { sessionId, socket } = person;
  const dtlsParameters = {
    role: 'client',
    fingerprints: [{ algorithm: 'sha-256', value: 'AA:'.repeat(31) + 'AA' }],
    ...extra,
  };
  const text = { uri: `urn:${canary}`, id: 9 };
  const rtpParameters = {
    mid: own,
    codecs: [
      { mimeType: 'audio/opus', payloadType: 100, clockRate: 48000, channels: 2, parameters: { [canary]: own } },
    ],
    headerExtensions: [text],
    encodings: [{ ssrc: 77, ...extra }],
    rtcp: { cname: own, reducedSize: true },
    ...extra,
  };
  const tracks = [{ trackId: randomUUID(), kind: 'audio', source: 'microphone', rtpParameters, ...extra }];
  const answers = await Promise.all([
    socket.try('connect', { sessionId, direction: 'send', dtlsParameters, ...extra }),
    socket.try('publish', { sessionId, tracks, ...extra }),
    socket.try('restartIce', { sessionId, direction: 'receive', ...extra }),
  ]);
  const told = answers.map((answer) => JSON.stringify(answer));
  const held = told.every((answer) => !answer.includes(canary) && !answer.includes(own));
  return { what: 'nothing that was added to right messages came back', held, detail: told.join(' ').slice(0, 300) };
}

async function tooLarge({ server, note }: AttackOptions): Promise<readonly Attempt[]> {
  const attempts: Attempt[] = [];
  for (const [what, message] of [
    ['a message of 10 MB closed its socket', 'x'.repeat(10 * 1024 * 1024)],
    ['nested deeper than any message closed its socket or was refused', '['.repeat(60_000)],
  ] as const) {
    const client = await SocketClient.open(server.url, own);
    client.socket.on('message', (data) => {
      if (Buffer.isBuffer(data)) note('frame', data);
    });
    const code = await new Promise<number>((resolve) => {
      client.socket.once('close', resolve);
      client.socket.send(message);
    });
    attempts.push({ what, held: code !== 1006, detail: `close code ${code}` });
  }
  return attempts;
}

async function overHttp({ server, person }: AttackOptions, callId: string): Promise<readonly Attempt[]> {
  const headers = { 'x-forwarded-for': own, 'x-real-ip': own, forwarded: `for=${own}`, 'user-agent': canary, via: own };
  const { url } = server;
  const credential = person.token;
  const ask = (path: string, body?: unknown) =>
    request(`${url}${path}`, { credential, headers, ...(body === undefined ? {} : { method: 'POST', body }) });
  const broken = await ask('/v1/calls', `{"callees":["${own}",`);
  const wrong = await ask(`/v1/calls/${own}`);
  const others = await Promise.all(
    ['/v1/users/alice/export', '/v1/users/alice/calls', '/v1/calls', '/metrics'].map((path) => ask(path)),
  );
  const mine = await ask(`/v1/calls/${callId}`);
  const refused = others.every(({ status }) => status >= 400 && status < 500);
  const echoed = [broken, wrong, mine].filter(({ body }) => JSON.stringify(body ?? '').includes(own));
  return [
    {
      what: 'broken requests with addresses in them were refused',
      held: broken.status === 400 && wrong.status >= 400,
      detail: `${broken.status}, ${wrong.status}`,
    },
    {
      what: 'what belongs to the backend or to others was refused',
      held: refused,
      detail: others.map(({ status }) => status).join(', '),
    },
    {
      what: 'no answer repeated an address that it was sent',
      held: echoed.length === 0,
      detail: JSON.stringify(echoed),
    },
  ];
}

/** Metrics and health are for the operator’s own network. */
async function adminPort({ server }: AttackOptions): Promise<Attempt> {
  const { hostname, port } = new URL(server.url);
  const answered = await new Promise<boolean>((resolve) => {
    const socket = connect({ host: hostname, port: Number(port) + 1 });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => {
      resolve(false);
    });
  });
  return { what: 'the admin port is not there for clients', held: !answered, detail: '' };
}
