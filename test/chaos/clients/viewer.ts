/** Somebody who watches a call by a ticket of the app's backend, sends nothing, and hears what is said. */
import { Participant } from '../../support/participant.ts';
import { Ears } from './ears.ts';
import type { Ear } from './ears.ts';
import { comeToWatch } from './watching.ts';
import type { WatchOptions, Watching } from './watching.ts';

export interface ViewerOptions extends WatchOptions {
  readonly callId: string;
}

export class Viewer {
  readonly #ears: Ears;
  readonly #callId: string;
  readonly #watching: Watching;
  readonly #participant: Participant;

  private constructor(callId: string, ears: Ears, parts: ViewerParts) {
    this.#ears = ears;
    this.#callId = callId;
    this.#watching = parts.watching;
    this.#participant = parts.participant;
  }

  static async watch(options: ViewerOptions): Promise<Viewer> {
    const { userId, callId, localAddress } = options;
    const watching = await comeToWatch(options);
    const ears = new Ears(userId);
    const participant = new Participant({
      ...watching.joined,
      bindAddress: localAddress,
      hear: (subscription, payload) => {
        ears.hear(callId, subscription, payload);
      },
      signalling: {
        ...watching.signalling,
        publish: () => Promise.reject(new Error('a viewer sends nothing')),
      },
    });
    await watching.offerTo(participant);
    return new Viewer(callId, ears, { watching, participant });
  }

  get ears(): readonly Ear[] {
    return this.#ears.of(this.#callId);
  }

  async close(): Promise<void> {
    this.#participant.close();
    await this.#watching.socket.close();
  }
}

interface ViewerParts {
  readonly watching: Watching;
  readonly participant: Participant;
}
