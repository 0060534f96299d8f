/** The media worker that runs here, seen from the network: what one client sends must not harm the others. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { afterAll, afterEach, beforeEach, expect, test } from '@jest/globals';
import { createWorker } from 'mediasoup';
import type { types } from 'mediasoup';
import nodeDataChannel from 'node-datachannel';
import { answersBinding, bindingRequest } from '../../../src/load/media/stun.ts';
import { freePorts } from '../../support/processes/ports.ts';
import { waitFor } from '../../support/waitFor.ts';

const address = '127.0.0.1';
const payloadType = 111;
const ownSsrc = 4_242;
const opus = { mimeType: 'audio/opus', clockRate: 48_000, channels: 2 } as const;

let worker: types.Worker;
let server: types.WebRtcServer;
let router: types.Router;
let port: number;

beforeEach(async () => {
  const workerBin = process.env['MEDIASOUP_WORKER_BIN'];
  if (workerBin === undefined) throw new Error('MEDIASOUP_WORKER_BIN names no mediasoup worker; `npm test` sets it');
  [port = 0] = await freePorts(1);
  worker = await createWorker({ logLevel: 'none', workerBin });
  server = await worker.createWebRtcServer({
    listenInfos: (['udp', 'tcp'] as const).map((protocol) => ({
      protocol,
      ip: address,
      port,
      recvBufferSize: 4_194_304,
    })),
  });
  router = await worker.createRouter({ mediaCodecs: [{ kind: 'audio', ...opus, preferredPayloadType: payloadType }] });
});
afterEach(() => {
  worker.close();
});
afterAll(() => {
  nodeDataChannel.cleanup();
});

/** A client with keys of its own for SRTP, which it can use for any packet. */
async function sendingClient() {
  const transport = await router.createWebRtcTransport({ webRtcServer: server, enableUdp: true });
  const peer = new nodeDataChannel.PeerConnection('client', { iceServers: [], bindAddress: address });
  const audio = new nodeDataChannel.Audio('0', 'SendOnly');
  audio.addOpusCodec(payloadType);
  audio.addSSRC(ownSsrc, 'client');
  const track = peer.addTrack(audio);
  track.onMessage(() => undefined);
  const offered = new Promise<string>((resolve) => {
    peer.onLocalDescription((sdp) => {
      resolve(sdp);
    });
  });
  peer.setLocalDescription();
  const value = /a=fingerprint:sha-256 (\S+)/i.exec(await offered)?.[1] ?? '';
  await transport.connect({ dtlsParameters: { role: 'client', fingerprints: [{ algorithm: 'sha-256', value }] } });
  peer.setRemoteDescription(answer(transport), 'answer');
  await waitFor('the track to open', () => track.isOpen());
  const producer = await transport.produce({
    kind: 'audio',
    rtpParameters: { codecs: [{ ...opus, payloadType }], encodings: [{ ssrc: ownSsrc }] },
  });
  return {
    producer,
    send: (packet: Buffer) => track.sendMessageBinary(packet),
    close: () => {
      peer.close();
    },
  };
}

function answer({ iceParameters, iceCandidates, dtlsParameters }: types.WebRtcTransport): string {
  const fingerprint = dtlsParameters.fingerprints.find(({ algorithm }) => algorithm === 'sha-256');
  const candidates = iceCandidates.filter(({ protocol }) => protocol === 'udp');
  return [
    ...['v=0', `o=- 1 1 IN IP4 ${address}`, 's=-', 't=0 0', 'a=ice-lite', 'a=group:BUNDLE 0'],
    ...[`m=audio 9 UDP/TLS/RTP/SAVPF ${payloadType}`, `c=IN IP4 ${address}`, 'a=mid:0', 'a=recvonly', 'a=rtcp-mux'],
    ...[`a=rtpmap:${payloadType} opus/48000/2`, `a=ice-ufrag:${iceParameters.usernameFragment}`],
    ...[`a=ice-pwd:${iceParameters.password}`, `a=fingerprint:sha-256 ${fingerprint?.value ?? ''}`, 'a=setup:passive'],
    ...candidates.map(
      (one) => `a=candidate:${one.foundation} 1 udp ${one.priority} ${one.address} ${one.port} typ host`,
    ),
    ...['a=end-of-candidates', ''],
  ].join('\r\n');
}

function rtp(ssrc: number, sequence: number, payload = Buffer.alloc(20, 0x55)): Buffer {
  const header = Buffer.alloc(12);
  header[0] = 0x80;
  header[1] = payloadType;
  header.writeUInt16BE(sequence & 0xffff, 2);
  header.writeUInt32BE((sequence * 960) >>> 0, 4);
  header.writeUInt32BE(ssrc, 8);
  return Buffer.concat([header, payload]);
}

/** An empty receiver report (RFC 3550 §6.4.2). */
function receiverReport(ssrc: number): Buffer {
  const packet = Buffer.from([0x80, 201, 0, 1, 0, 0, 0, 0]);
  packet.writeUInt32BE(ssrc, 4);
  return packet;
}

/** RTP that no parser takes: it is said to end with more padding than there is. */
function unreadable(ssrc: number): Buffer {
  const packet = rtp(ssrc, 1, Buffer.alloc(20, 0xff));
  packet[0] = 0xa0;
  return packet;
}

const breath = () => new Promise((resolve) => setTimeout(resolve, 2));

/** libsrtp's streams cannot be counted from outside, but each takes memory. */
async function memoryKib(): Promise<number> {
  const status = await readFile(`/proc/${worker.pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]);
}

// Each stream that is kept is searched for every later packet: docs/measurements/worker.md tells what that costs.
test.each([
  ['RTCP', receiverReport],
  ['RTP that cannot be parsed', unreadable],
])(
  '%s from thousands of new senders leaves no streams behind',
  async (_, packetOf) => {
    const client = await sendingClient();
    const flood = async (firstSsrc: number, count: number): Promise<void> => {
      for (let ssrc = firstSsrc; ssrc < firstSsrc + count; ssrc += 1) {
        client.send(packetOf(ssrc));
        if (ssrc % 50 === 0) await breath();
      }
      // The worker has read them all when it takes no time any more.
      let used = -1;
      const idle = async () => {
        const before = used;
        used = (await worker.getResourceUsage()).ru_utime;
        return used === before;
      };
      await waitFor('the worker to have read all', idle, { everyMs: 100 });
    };
    // What it allocates once it has by then.
    await flood(100_000, 500);
    const before = await memoryKib();
    await flood(200_000, 12_000);
    const grown = (await memoryKib()) - before;
    const stats = await client.producer.getStats();
    client.send(rtp(ownSsrc, 1));
    await waitFor(
      'the worker to take media as before',
      async () => ((await client.producer.getStats())[0]?.packetCount ?? 0) > 0,
    );
    client.close();
    expect(stats).toEqual([]);
    // Without a bound it grows by 4,500 KiB, the same each time.
    expect(grown).toBeLessThan(1_500);
  },
  120_000,
);

/** RFC 4571: its length before each packet. */
function framed(packet: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(packet.length);
  return Buffer.concat([length, packet]);
}

async function open(): Promise<Socket> {
  const socket = connect(port, address);
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

const isOpen = (socket: Socket): boolean => !socket.destroyed && !socket.readableEnded;

/** The worker has taken this client's connection: it answers. */
async function admitted(transport: types.WebRtcTransport, socket: Socket): Promise<void> {
  const { usernameFragment, password } = transport.iceParameters;
  const transactionId = randomBytes(12);
  const answered = new Promise<void>((resolve) => {
    socket.on('data', (data) => {
      if (answersBinding(data.subarray(2), transactionId, password)) resolve();
    });
  });
  socket.write(framed(bindingRequest({ username: `${usernameFragment}:client`, password, transactionId })));
  await answered;
}

test('TCP connections without credentials are closed, and those with credentials stay', async () => {
  const transport = await router.createWebRtcTransport({ webRtcServer: server, enableTcp: true });
  const [silent, talking, client] = await Promise.all([open(), open(), open()]);
  silent.resume();
  talking.resume();
  await admitted(transport, client);
  // Bytes of a frame that never ends, and STUN for nobody, are no credentials.
  talking.write(
    framed(bindingRequest({ username: 'nobody:client', password: 'wrong', transactionId: randomBytes(12) })),
  );
  const trickle = setInterval(() => talking.write(Buffer.from([0xff])), 500);
  try {
    await waitFor('both others to be closed', () => !isOpen(silent) && !isOpen(talking), { withinMs: 30_000 });
  } finally {
    clearInterval(trickle);
  }
  expect(isOpen(client)).toBe(true);
  await admitted(transport, client);
  client.destroy();
}, 60_000);

test('many silent TCP connections keep no client out', async () => {
  const transport = await router.createWebRtcTransport({ webRtcServer: server, enableTcp: true });
  const early = await open();
  await admitted(transport, early);
  const crowd: Socket[] = [];
  for (let count = 0; count < 150; count += 1) crowd.push((await open()).resume());
  // Of one address the oldest go, long before their time is over.
  await waitFor('the oldest to be closed', () => crowd.filter(isOpen).length <= 64);
  expect(crowd.slice(-10).every(isOpen)).toBe(true);
  const late = await open();
  await admitted(transport, late);
  await admitted(transport, early);
  for (const socket of [...crowd, early, late]) socket.destroy();
}, 60_000);
