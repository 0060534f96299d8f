/**
 * The client that anybody writes first, as a page to compare with: the same server, codecs and layers, yet nothing is made ready
 * while it rings, and each step is asked for when the one before it is done.
 */
import type { types } from 'mediasoup-client';
import { Addresses } from '../../src/client/connection/addresses.ts';
import {
  loadDevice,
  produceOptions,
  toMediasoupParameters,
  toWireCapabilities,
} from '../../src/client/media/codecs.ts';
import { Credential } from '../../src/client/connection/credential.ts';
import { openTracks } from '../../src/client/media/devices.ts';
import { HttpApi } from '../../src/client/connection/httpApi.ts';
import { transportOptions } from '../../src/client/media/session.ts';
import { Signalling } from '../../src/client/connection/signalling.ts';
import type { AdmittedCall } from '../../src/protocol/shared/calls.ts';
import type { Direction } from '../../src/protocol/shared/media.ts';
import type { Subscription } from '../../src/protocol/socket/notifications.ts';
import { publishedTrack } from '../../src/protocol/socket/requests.ts';
import { tokenOf } from '../../src/web/home/demo.ts';

/** What there is of one call. */
interface Leg extends AdmittedCall {
  /** The camera opens at the call or the answer, as with everybody. */
  readonly opening: ReturnType<typeof openTracks>;
  readonly subscriptions: Set<string>;
  session?: Promise<{
    readonly id: `ses_${string}`;
    readonly send: types.Transport;
    readonly receive: types.Transport;
  }>;
}

const asked = new URLSearchParams(location.search);
const userId = asked.get('as') ?? '';
const deviceId = crypto.randomUUID();
const addresses = new Addresses(location.origin);
const credential = new Credential(tokenOf(userId));
const api = new HttpApi({ addresses, credential });
const ignore = (): void => undefined;
const signalling = new Signalling({
  addresses,
  deviceId,
  credential,
  notified: {
    'call.incoming': (admitted) => {
      if (admitted.call.caller !== userId) ringing = admitted;
      show();
    },
    'call.changed': ({ call: { id, phase } }) => {
      if (id !== (leg ?? ringing)?.call.id) return;
      if (phase === 'active') begin();
      else if (phase === 'ended') void end();
    },
    'token.expiring': () => undefined,
    'subscription.added': ({ subscriptions }) => void receive(subscriptions),
    'subscription.removed': ignore,
    'subscription.paused': ignore,
    'subscription.layers': ignore,
    speakers: ignore,
    'session.moving': ignore,
    'ticket.expiring': ignore,
    'session.closed': ignore,
  },
});
let ringing: AdmittedCall | undefined;
let leg: Leg | undefined;

const video = document.createElement('video');
Object.assign(video, { autoplay: true, muted: true, playsInline: true });
video.dataset['testid'] = 'remote-video';
document.body.append(video);
const buttons = {
  call: button('call', async () => {
    const opening = openTracks({ microphone: true, camera: true }, {});
    const callees = [asked.get('calls') ?? ''];
    leg = { ...(await api.createCall({ callees, media: 'video', deviceId })), opening, subscriptions: new Set() };
  }),
  accept: button('accept', async () => {
    if (ringing === undefined) return;
    leg = { ...ringing, opening: openTracks({ microphone: true, camera: true }, {}), subscriptions: new Set() };
    ringing = undefined;
    await signalling.request('answer', { callId: leg.call.id });
    begin();
  }),
  'hang-up': button('hang-up', async () => {
    if (leg !== undefined) await signalling.request('leave', { callId: leg.call.id });
  }),
};
const device = signalling.connect().then(loadDevice);
void Promise.all([device, api.changeSettings({ callingOn: true })]).then(show);

function button(name: string, act: () => Promise<void>): HTMLButtonElement {
  const made = document.createElement('button');
  made.dataset['testid'] = made.textContent = name;
  made.hidden = true;
  made.addEventListener('click', () => void act().then(show));
  document.body.append(made);
  return made;
}

function show(): void {
  buttons.call.hidden = leg !== undefined || ringing !== undefined;
  buttons.accept.hidden = ringing === undefined;
  buttons['hang-up'].hidden = leg === undefined;
}

function begin(): void {
  if (leg?.session !== undefined || leg === undefined) return;
  leg.session = join(leg);
  void publish(leg, leg.session);
}

async function join({ ticket }: Leg) {
  const loaded = await device;
  const rtpCapabilities = toWireCapabilities(loaded.recvRtpCapabilities);
  const { sessionId: id, iceServers, ...joined } = await signalling.request('join', { ticket, rtpCapabilities });
  const session = {
    id,
    send: loaded.createSendTransport(transportOptions(joined.send, iceServers)),
    receive: loaded.createRecvTransport(transportOptions(joined.receive, iceServers)),
  };
  const connected = (direction: Direction) => {
    session[direction].on('connect', ({ dtlsParameters }, done, failed) => {
      signalling.request('connect', { sessionId: id, direction, dtlsParameters }).then(done, failed);
    });
  };
  connected('send');
  connected('receive');
  void receive(joined.subscriptions);
  return session;
}

async function publish({ opening }: Leg, joining: NonNullable<Leg['session']>): Promise<void> {
  const [{ id: sessionId, send }, tracks] = await Promise.all([joining, opening]);
  send.on('produce', ({ kind, rtpParameters, appData }, done, failed) => {
    const track = publishedTrack.parse({ ...appData, kind, rtpParameters });
    const published = signalling.request('publish', { sessionId, tracks: [track] });
    published.then(() => {
      done({ id: track.trackId });
    }, failed);
  });
  for (const source of ['microphone', 'camera'] as const) {
    const track = tracks[source];
    const appData = { source, trackId: crypto.randomUUID() };
    if (track !== undefined) await send.produce({ track, ...produceOptions(source), appData });
  }
}

async function receive(subscriptions: readonly Subscription[]): Promise<void> {
  const known = leg?.subscriptions;
  const session = await leg?.session;
  if (session === undefined) return;
  for (const { subscriptionId: id, producerId, kind, rtpParameters } of subscriptions) {
    // The answer to `join` holds what is told beside it, too.
    if (known?.has(id) !== false) continue;
    known.add(id);
    const parameters = toMediasoupParameters(rtpParameters);
    const { track } = await session.receive.consume({ id, producerId, kind, rtpParameters: parameters });
    if (kind === 'video') video.srcObject = new MediaStream([track]);
    await signalling.request('ready', { sessionId: session.id, subscriptionIds: [id] });
  }
}

async function end(): Promise<void> {
  const over = leg;
  leg = ringing = undefined;
  video.srcObject = null;
  const [session, tracks] = await Promise.all([over?.session, over?.opening]);
  for (const transport of session === undefined ? [] : [session.send, session.receive]) transport.close();
  for (const track of [tracks?.camera, tracks?.microphone]) track?.stop();
  show();
}
