// @ts-check
// A whole small call through one mediasoup worker: ICE, DTLS and SRTP in both directions, with node-datachannel on both ends.
// It runs as a process of its own (checkWorker.mjs), so that whatever crashes here crashes alone.
import * as mediasoup from 'mediasoup';
import nodeDataChannel from 'node-datachannel';
import { setTimeout as delay } from 'node:timers/promises';

const address = '127.0.0.1';
const ssrc = 4_242;
const payloadType = 111;
const opus = { kind: /** @type {const} */ ('audio'), mimeType: 'audio/opus', clockRate: 48_000, channels: 2 };

/**
 * Connects one peer to the router.
 * @param {import('mediasoup').types.Router} router
 * @param {import('mediasoup').types.WebRtcServer} webRtcServer
 * @param {'SendOnly' | 'RecvOnly'} direction
 */
async function connect(router, webRtcServer, direction) {
  const transport = await router.createWebRtcTransport({ webRtcServer, enableUdp: true });
  const peer = new nodeDataChannel.PeerConnection(direction, { iceServers: [], bindAddress: address });
  const audio = new nodeDataChannel.Audio('0', direction);
  audio.addOpusCodec(payloadType);
  if (direction === 'SendOnly') audio.addSSRC(ssrc, 'check');
  const track = peer.addTrack(audio);
  let received = 0;
  track.onMessage(() => received++);

  /** @type {Promise<string>} */
  const offered = new Promise((resolve) => peer.onLocalDescription(resolve));
  peer.setLocalDescription();
  const fingerprint = /a=fingerprint:sha-256 (\S+)/i.exec(await offered)?.[1];
  if (!fingerprint) throw new Error('the offer has no fingerprint');
  await transport.connect({
    dtlsParameters: { role: 'client', fingerprints: [{ algorithm: 'sha-256', value: fingerprint }] },
  });
  peer.setRemoteDescription(answer(transport, direction), 'answer');
  return { transport, peer, track, received: () => received };
}

/**
 * The SDP answer that a browser would be given for this transport.
 * @param {import('mediasoup').types.WebRtcTransport} transport
 * @param {'SendOnly' | 'RecvOnly'} direction of the offering peer
 */
function answer({ iceParameters, iceCandidates, dtlsParameters }, direction) {
  const fingerprint = dtlsParameters.fingerprints.find(({ algorithm }) => algorithm === 'sha-256');
  return [
    'v=0',
    `o=- 1 1 IN IP4 ${address}`,
    's=-',
    't=0 0',
    'a=ice-lite',
    'a=group:BUNDLE 0',
    `m=audio 9 UDP/TLS/RTP/SAVPF ${payloadType}`,
    `c=IN IP4 ${address}`,
    'a=mid:0',
    direction === 'SendOnly' ? 'a=recvonly' : `a=sendonly\r\na=ssrc:${ssrc} cname:check`,
    'a=rtcp-mux',
    `a=rtpmap:${payloadType} opus/48000/2`,
    `a=ice-ufrag:${iceParameters.usernameFragment}`,
    `a=ice-pwd:${iceParameters.password}`,
    `a=fingerprint:sha-256 ${fingerprint?.value}`,
    'a=setup:passive',
    ...iceCandidates.map(
      (each) => `a=candidate:${each.foundation} 1 udp ${each.priority} ${each.address} ${each.port} typ host`,
    ),
    'a=end-of-candidates',
    '',
  ].join('\r\n');
}

/** @param {number} sequence */
function rtpPacket(sequence) {
  const packet = Buffer.alloc(32, 0x55);
  packet.writeUInt8(0x80, 0);
  packet.writeUInt8(payloadType, 1);
  packet.writeUInt16BE(sequence, 2);
  packet.writeUInt32BE(sequence * 960, 4);
  packet.writeUInt32BE(ssrc, 8);
  return packet;
}

/** @param {string} why */
function fail(why) {
  console.error(why);
  process.exit(1);
}

// mediasoup throws outside of any promise when its worker ends. The requests that fail with it are told of first: wait for the cause.
process.on('uncaughtException', (error) => setTimeout(fail, 200, error.message));

const worker = await mediasoup.createWorker({ logLevel: 'error' });
worker.on('died', (error) => fail(`it crashed during a call ${error.message}`));
const webRtcServer = await worker.createWebRtcServer({ listenInfos: [{ protocol: 'udp', ip: address }] });
const router = await worker.createRouter({ mediaCodecs: [{ ...opus, preferredPayloadType: payloadType }] });
const sender = await connect(router, webRtcServer, 'SendOnly');
const receiver = await connect(router, webRtcServer, 'RecvOnly');
const producer = await sender.transport.produce({
  kind: 'audio',
  rtpParameters: { codecs: [{ ...opus, payloadType }], encodings: [{ ssrc }] },
});
await receiver.transport.consume({ producerId: producer.id, rtpCapabilities: router.rtpCapabilities });

for (let sequence = 1; receiver.received() < 10; sequence++) {
  if (sender.track.isOpen()) sender.track.sendMessageBinary(rtpPacket(sequence));
  await delay(10);
}
const [stats] = await producer.getStats();
if (sender.transport.dtlsState !== 'connected' || !stats?.packetCount) throw new Error('no packets were counted');

console.log(`${stats.packetCount} packets in, ${receiver.received()} out`);
for (const each of [sender, receiver]) each.peer.close();
nodeDataChannel.cleanup();
worker.close();
process.exit(0);
