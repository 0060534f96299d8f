/** The sessions of one broadcast: participants and viewers, and the session of each device. */
import type { Device } from '../../../domain/media/admission.ts';
import { CallError } from '../../../domain/kernel/errors.ts';
import type { JoinRequest } from '../../../ports/media/sessions.ts';
import type { SessionId } from '../../../domain/kernel/ids.ts';
import type { Direction } from '../../../protocol/shared/media.ts';
import { askForPicturesAfterMoves } from '../session/keyFrameOnPathChange.ts';
import type { Path } from '../session/keyFrameOnPathChange.ts';
import type { Session } from '../session/session.ts';

export class Sessions {
  readonly participants = new Map<SessionId, Session>();
  readonly viewers = new Map<SessionId, Session>();
  /** The newest session of each device, as participant or as viewer. */
  readonly #seats = new Map<string, Session>();

  /** Devices of participants whose sessions are being created. */
  readonly #opening = new Set<{ readonly device: Device }>();

  /**
   * Counts a participant's session as being created until the returned function is called. Throws `too_many_sessions`
   * if the user has `limit` sessions on other devices. Tickets limit viewers.
   */
  opening({ device, asViewer = false }: JoinRequest, limit: number): () => void {
    if (asViewer) return () => undefined;
    const { userId, deviceId } = device;
    const others = [...this.participants.values(), ...this.#opening].filter(
      (one) => one.device.userId === userId && one.device.deviceId !== deviceId,
    );
    if (others.length >= limit) throw new CallError('too_many_sessions');
    const own = { device };
    this.#opening.add(own);
    return () => {
      this.#opening.delete(own);
    };
  }

  get isEmpty(): boolean {
    return this.participants.size === 0 && this.viewers.size === 0;
  }

  /** Participants first: they are served before viewers. */
  all(): readonly Session[] {
    return [...this.participants.values(), ...this.viewers.values()];
  }

  get(sessionId: SessionId): Session | undefined {
    return this.participants.get(sessionId) ?? this.viewers.get(sessionId);
  }

  add(session: Session, transports: Readonly<Record<Direction, Path>>): void {
    (session.asViewer ? this.viewers : this.participants).set(session.id, session);
    askForPicturesAfterMoves(session, transports, () => this.all());
  }

  /** The session is complete: returns the one that its device had before. */
  seat(session: Session): Session | undefined {
    const seat = seatOf(session);
    const before = this.#seats.get(seat);
    this.#seats.set(seat, session);
    return before === session ? undefined : before;
  }

  /** Returns whether it was there. */
  remove(session: Session): boolean {
    const seat = seatOf(session);
    if (this.#seats.get(seat) === session) this.#seats.delete(seat);
    return this.participants.delete(session.id) || this.viewers.delete(session.id);
  }
}

function seatOf({ device, asViewer }: Session): string {
  return JSON.stringify([device.userId, device.deviceId, asViewer]);
}
