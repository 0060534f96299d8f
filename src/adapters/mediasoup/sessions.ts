/** The sessions of one broadcast: participants and viewers, and which one each device has. */
import type { SessionId } from '../../call/ids.ts';
import type { Direction } from '../../protocol/media.ts';
import { askForPicturesAfterMoves } from './freshPictures.ts';
import type { Path } from './freshPictures.ts';
import type { Session } from './session.ts';

export class Sessions {
  readonly participants = new Map<SessionId, Session>();
  readonly viewers = new Map<SessionId, Session>();
  /** The newest of each device, as participant or as viewer. */
  readonly #seats = new Map<string, Session>();

  get isEmpty(): boolean {
    return this.participants.size === 0 && this.viewers.size === 0;
  }

  /** Participants first: they are served before those who watch them. */
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

  /** It stands: answers the one that its device had before. */
  seat(session: Session): Session | undefined {
    const seat = seatOf(session);
    const before = this.#seats.get(seat);
    this.#seats.set(seat, session);
    return before === session ? undefined : before;
  }

  /** Whether it was there. */
  remove(session: Session): boolean {
    const seat = seatOf(session);
    if (this.#seats.get(seat) === session) this.#seats.delete(seat);
    return this.participants.delete(session.id) || this.viewers.delete(session.id);
  }
}

function seatOf({ device, asViewer }: Session): string {
  return JSON.stringify([device.userId, device.deviceId, asViewer]);
}
