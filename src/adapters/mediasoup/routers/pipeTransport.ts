/** One end of a pipe between two routers: a transport that sends tracks to the other end or receives them. */
import type { types } from 'mediasoup';
import type { Ask } from '../workers/workerRequests.ts';
import { keyFrameRequestEveryMs } from '../session/keyFrameRequests.ts';

/** Address of one end of a pipe, and the keys if media is encrypted on the way. Only servers see it, never a client. */
export interface PipeAddress {
  readonly ip: string;
  readonly port: number;
  readonly srtpParameters?: types.SrtpParameters | undefined;
}
export interface PipedTrack {
  /** The same at both ends. */
  readonly producerId: string;
  readonly kind: types.MediaKind;
  readonly rtpParameters: types.RtpParameters;
  readonly paused: boolean;
}
export interface PipeSideOptions {
  readonly router: types.Router;
  readonly listenInfo: types.TransportListenInfo;
  readonly enableSrtp: boolean;
  readonly ask: Ask;
}

export class PipeSide {
  readonly #transport: types.PipeTransport;
  readonly #ask: Ask;

  private constructor(transport: types.PipeTransport, ask: Ask) {
    this.#transport = transport;
    this.#ask = ask;
  }

  static async open({ router, listenInfo, enableSrtp, ask }: PipeSideOptions): Promise<PipeSide> {
    // Packets get lost between machines: RTX repairs that hop.
    const options = { listenInfo, enableSrtp, enableRtx: enableSrtp, enableSctp: false };
    return new PipeSide(await ask(router.createPipeTransport(options), { undo: closeIt }), ask);
  }

  get address(): PipeAddress {
    const { localAddress: ip, localPort: port } = this.#transport.tuple;
    return { ip, port, srtpParameters: this.#transport.srtpParameters };
  }

  get closed(): boolean {
    return this.#transport.closed;
  }

  async connect({ ip, port, srtpParameters }: PipeAddress): Promise<void> {
    await this.#ask(this.#transport.connect({ ip, port, ...(srtpParameters === undefined ? {} : { srtpParameters }) }));
  }

  /** Sends all layers of a track to the other end. */
  async send(producerId: string): Promise<types.Consumer> {
    return this.#ask(this.#transport.consume({ producerId }), { undo: closeIt });
  }

  async receive({ producerId: id, kind, rtpParameters, paused }: PipedTrack): Promise<types.Producer> {
    const producing = this.#transport.produce({
      id,
      kind,
      rtpParameters,
      paused,
      keyFrameRequestDelay: keyFrameRequestEveryMs,
    });
    return this.#ask(producing, { undo: closeIt });
  }

  onClosed(listener: () => void): void {
    this.#transport.observer.once('close', listener);
  }

  close(): void {
    this.#transport.close();
  }
}

function closeIt(late: { close(): void }): void {
  late.close();
}
