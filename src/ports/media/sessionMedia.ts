import type { SessionId } from '../../domain/kernel/ids.ts';
import type { Direction, DtlsParameters, IceParameters } from '../../protocol/shared/media.ts';
import type { RequestParams } from '../../protocol/socket/requests.ts';

export type TrackToPublish = RequestParams<'publish'>['tracks'][number];

/**
 * What a device sends and receives in its session. Each method throws `session_not_found` if the session is not open,
 * and `unavailable` or `overloaded` if its worker or node does not answer in time.
 */
export interface SessionMedia {
  /**
   * With `dtls`, also connects the sending transport. Throws `not_allowed`, `invalid_request`, `track_exists`,
   * `too_many_tracks` or `unsupported_media`: then no track is published.
   */
  publish(sessionId: SessionId, tracks: readonly TrackToPublish[], dtls?: DtlsParameters): Promise<void>;
  /** Throws `invalid_request` if the transport is connected with another key already. */
  connect(sessionId: SessionId, direction: Direction, dtls: DtlsParameters): Promise<void>;
  /** Throws `track_not_found`. */
  unpublish(sessionId: SessionId, trackIds: readonly string[]): Promise<void>;
  /** Stops or resumes a track at its source. Throws `track_not_found`. */
  pause(sessionId: SessionId, trackId: string, paused: boolean): Promise<void>;
  /** The client can receive these now. Ignores subscriptions that have ended. */
  ready(sessionId: SessionId, subscriptionIds: readonly string[]): Promise<void>;
  /** The highest layers that the client wants to receive. Throws `subscription_not_found`. */
  prefer(request: RequestParams<'prefer'>): Promise<void>;
  /** New ICE credentials of the transport (RFC 8445, section 9). */
  restartIce(sessionId: SessionId, direction: Direction): Promise<IceParameters>;
}
