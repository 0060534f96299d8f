/**
 * `veilcast-client`: private calls in the browser.
 *
 * ```ts
 * const client = await VeilcastClient.connect({ url: 'https://calls.example.org', token: () => fetchToken() });
 * client.on('incoming', (call) => showRinging(call));
 * const call = await client.call(['bob'], { media: 'video' });
 * call.on('track', ({ stream }) => attach(stream));
 * ```
 */
export { whyNoCalls } from './connection/capabilities.ts';
export { VeilcastClient } from './veilcastClient.ts';
export type { ClientEvents, ConnectOptions } from './clientOptions.ts';
export type {
  AnswerOptions,
  CallOptions,
  Call,
  CallConnection,
  CallEnding,
  CallEvents,
  CallState,
  CallTimings,
  Participant,
  Speakers,
} from './calls/call.ts';
export type { TokenSource } from './connection/credential.ts';
export type { ConnectionQuality } from './ice/connectionQuality.ts';
export { listDevices, onDevicesChanged } from './media/devices.ts';
export type { DeviceKind, MediaDevice } from './media/devices.ts';
export { VeilcastError, isVeilcastError } from './support/errors.ts';
export type { ClientErrorCode, InputDevice, Issue, VeilcastErrorCode } from './support/errors.ts';
export type { HistoryEntry, HistoryPage } from '../protocol/http/history.ts';
export type { ChangeSettings, Settings } from '../protocol/http/http.ts';
export type { EndReason } from '../domain/call/call.ts';
export type { TrackSource } from '../protocol/shared/media.ts';
export type { MediaServerAddress } from './media/session.ts';
export type { ConnectionState } from './connection/signalling.ts';
export type { WebSocketLike } from './connection/socket.ts';
export type { RemoteTrack } from './media/receiving/subscriptions.ts';
export type { Callable } from '../protocol/http/http.ts';
export type { Waiting } from './support/abortable.ts';
export type { WatchEnding, WatchEvents, WatchOptions, WatchedCall } from './calls/watchedCall.ts';
