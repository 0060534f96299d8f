/**
 * `veilcast/client`: private calls in the browser.
 *
 * ```ts
 * const client = await VeilcastClient.connect({ url: 'https://calls.example.org', token: () => fetchToken() });
 * client.on('incoming', (call) => showRinging(call));
 * const call = await client.call(['bob'], { media: 'video' });
 * call.on('track', ({ stream }) => attach(stream));
 * ```
 */
import './jitless.ts';

export { whyNoCalls } from './capabilities.ts';
export { VeilcastClient } from './veilcastClient.ts';
export type { ClientEvents, ConnectOptions } from './client.ts';
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
} from './call.ts';
export type { TokenSource } from './credential.ts';
export type { ConnectionQuality } from './connectionQuality.ts';
export { listDevices, onDevicesChanged } from './devices.ts';
export type { DeviceKind, MediaDevice } from './devices.ts';
export { VeilcastError, isVeilcastError } from './errors.ts';
export type { ClientErrorCode, Issue, VeilcastErrorCode } from './errors.ts';
export type { HistoryEntry, HistoryPage } from '../protocol/http/history.ts';
export type { ChangeSettings, Settings } from '../protocol/http/http.ts';
export type { MediaServerAddress } from './session.ts';
export type { ConnectionState } from './signalling.ts';
export type { WebSocketLike } from './socket.ts';
export type { RemoteTrack } from './subscriptions.ts';
export type { Callable } from '../protocol/http/http.ts';
export type { Waiting } from './waiting.ts';
export type { WatchEnding, WatchEvents, WatchOptions, WatchedCall } from './watchedCall.ts';
