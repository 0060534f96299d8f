/** A viewer of whom only the packets are counted: there can be many more of them than of those who hear. */
import type { LightAudience, LightViewer as Receiver } from '../../support/light/audience.ts';
import { comeToWatch } from './watching.ts';
import type { WatchOptions, Watching } from './watching.ts';

export class LightViewer {
  readonly #watching: Watching;
  readonly #receiver: Receiver;

  private constructor(watching: Watching, receiver: Receiver) {
    this.#watching = watching;
    this.#receiver = receiver;
  }

  static async watch(options: WatchOptions, audience: LightAudience): Promise<LightViewer> {
    const watching = await comeToWatch(options);
    const { joined, signalling } = watching;
    const receiver = audience.viewer({
      name: options.userId,
      group: 'all',
      transport: joined.receive,
      localAddress: options.localAddress,
      signalling: { ...signalling, connect: (dtls) => signalling.connect('receive', dtls) },
    });
    await watching.offerTo(receiver);
    return new LightViewer(watching, receiver);
  }

  /** How many speakers it hears. */
  get subscriptions(): number {
    return this.#receiver.subscriptions;
  }

  close(): Promise<void> {
    return this.#watching.socket.close();
  }
}
