/** Which socket each session is on: where its notifications go, and whether its device can be reached. */
import type { Device } from '../../domain/media/admission.ts';
import type { CallId, SessionId } from '../../domain/kernel/ids.ts';
import type { DeviceSockets } from '../../ports/people/deviceSockets.ts';
import type { Connection } from './connection.ts';

/** Whose session it is, in which call. */
export interface SessionHolder {
  readonly callId: CallId;
  readonly device: Device;
  readonly asViewer?: boolean;
}

interface Attached {
  readonly connection: Connection;
  readonly holder: string;
}

export class SessionSockets implements DeviceSockets {
  readonly #attached = new Map<SessionId, Attached>();
  /** The session that a device has on a socket, by call and device. */
  readonly #byHolder = new Map<string, SessionId>();

  /** Called for each session that is no longer on any socket of this node. */
  whenDetached: (sessionId: SessionId) => void = () => undefined;

  isReachable(callId: CallId, device: Device): boolean {
    return this.sessionOf(callId, device) !== undefined;
  }

  sessionOf(callId: CallId, device: Device): SessionId | undefined {
    return this.#byHolder.get(keyOf({ callId, device }));
  }

  connectionOf(sessionId: SessionId): Connection | undefined {
    return this.#attached.get(sessionId)?.connection;
  }

  /** A session is on one socket at a time: the newest. */
  attach(connection: Connection, sessionId: SessionId, holder: SessionHolder): void {
    this.detach(sessionId);
    if (!connection.isOpen) return;
    const key = keyOf(holder);
    this.#attached.set(sessionId, { connection, holder: key });
    this.#byHolder.set(key, sessionId);
    connection.sessions.add(sessionId);
  }

  detach(sessionId: SessionId): void {
    const attached = this.#attached.get(sessionId);
    if (attached === undefined) return;
    this.#attached.delete(sessionId);
    attached.connection.sessions.delete(sessionId);
    // A newer session of the same device may be there already.
    if (this.#byHolder.get(attached.holder) === sessionId) this.#byHolder.delete(attached.holder);
    this.whenDetached(sessionId);
  }
}

/** As a viewer, a device has another session than as a participant. */
function keyOf({ callId, device, asViewer = false }: SessionHolder): string {
  return JSON.stringify([callId, device.userId, device.deviceId, asViewer]);
}
