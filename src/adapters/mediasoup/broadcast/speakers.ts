/** Audio levels and the active speaker of one broadcast, reported at most once per `everyMs`. */
import type { types } from 'mediasoup';
import type { UserId } from '../../../domain/kernel/ids.ts';
import type { NotificationParams } from '../../../protocol/socket/notifications.ts';
import type { Ask } from '../workers/workerRequests.ts';
import type { BroadcastRouter } from '../routers/broadcastRouter.ts';
import type { PublishedTrack } from '../session/track.ts';

const everyMs = 500;
const quietestDbov = -60;
const maxLevels = 8;
/**
 * Averages over half a second with its pauses, in dBov. Speech is nominally at -26 (ITU-T P.56), quiet speech at about
 * -40; a quiet room is at -50 to -60 after the browser's automatic gain. A speaker is active from the first threshold
 * on, and stays active between words down to the second.
 */
const speechFromDbov = -45;
const speechUntilDbov = -50;

export type Heard = Omit<NotificationParams<'speakers'>, 'sessionId'>;

/** The active speaker: the dominant one if loud enough for speech, else the loudest. `levels` has the loudest first. */
export function activeSpeaker(
  levels: Heard['levels'],
  dominant: string | undefined,
  before: string | null,
): string | null {
  const speaking = levels.filter(({ userId, dBov }) => dBov >= (userId === before ? speechUntilDbov : speechFromDbov));
  const active = speaking.find(({ userId }) => userId === dominant) ?? speaking[0];
  return active?.userId ?? null;
}

export interface SpeakersOptions {
  /** The router that observes all microphones, also those of other routers. */
  readonly home: BroadcastRouter;
  readonly ask: Ask;
  readonly onHeard: (heard: Heard) => void;
}

export class Speakers {
  readonly #options: SpeakersOptions;
  readonly #userOf = new Map<string, UserId>();
  #active: string | undefined;
  /** The active user in the last report. */
  #speaking: string | null = null;
  #observers: Promise<readonly [types.AudioLevelObserver, types.ActiveSpeakerObserver]> | undefined;

  constructor(options: SpeakersOptions) {
    this.#options = options;
  }

  /** The first microphone creates the observers: nothing that a person waits for is delayed. */
  async add({ producer, origin, userId, source }: PublishedTrack): Promise<void> {
    if (source !== 'microphone' || producer.closed) return;
    this.#userOf.set(producer.id, userId);
    producer.observer.once('close', () => {
      this.#userOf.delete(producer.id);
      if (this.#active === producer.id) this.#active = undefined;
    });
    this.#observers ??= this.#create();
    const [observers] = await Promise.all([this.#observers, this.#options.home.carry(producer, origin)]);
    // It closed meanwhile.
    if (!this.#userOf.has(producer.id)) return;
    const { ask } = this.#options;
    await Promise.all(observers.map((observer) => ask(observer.addProducer({ producerId: producer.id }))));
  }

  async #create(): Promise<readonly [types.AudioLevelObserver, types.ActiveSpeakerObserver]> {
    const { home, ask } = this.#options;
    const [levels, active] = await Promise.all([
      ask(home.router.createAudioLevelObserver({ maxEntries: maxLevels, threshold: quietestDbov, interval: everyMs })),
      ask(home.router.createActiveSpeakerObserver({ interval: everyMs })),
    ]);
    levels.on('volumes', (volumes) => {
      this.#tell(volumes);
    });
    levels.on('silence', () => {
      this.#tell([]);
    });
    active.on('dominantspeaker', ({ producer }) => {
      this.#active = producer.id;
    });
    return [levels, active];
  }

  #tell(volumes: readonly types.AudioLevelObserverVolume[]): void {
    const levels = volumes.flatMap(({ producer, volume }) => {
      const userId = this.#userOf.get(producer.id);
      return userId === undefined ? [] : [{ userId, dBov: volume }];
    });
    const dominant = this.#active === undefined ? undefined : this.#userOf.get(this.#active);
    // mediasoup reports a dominant speaker before anybody has spoken.
    const active = activeSpeaker(levels, dominant, this.#speaking);
    this.#speaking = active;
    this.#options.onHeard({ levels, active });
  }
}
