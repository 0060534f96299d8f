/** One mediasoup worker process with its one media port (UDP and TCP). */
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { createWorker, workerBin as ownWorkerBin } from 'mediasoup';
import type { types } from 'mediasoup';
import type { Ask } from './workerRequests.ts';
import { launchEnvironment } from './confinement.ts';
import type { Confinement } from './confinement.ts';
import type { MediaAddress } from './rtpMapping.ts';
import { within } from '../../../support/deadline.ts';

export interface MediaPort {
  readonly listenAddresses: readonly string[];
  /** Addresses that clients get instead, in the same order. */
  readonly announcedAddresses?: readonly string[] | undefined;
  readonly port: number;
  readonly socketBufferBytes: number;
}
export interface MediaWorkerOptions {
  readonly mediaPort: MediaPort;
  /** Unset: mediasoup's own default, which reads MEDIASOUP_WORKER_BIN. */
  readonly workerBin?: string | undefined;
  /** Unset: the worker starts with the rights and the environment of this process. */
  readonly confinement?: Confinement | undefined;
  readonly ask: Ask;
}

const exitWaitMs = 2_000;

export class MediaWorker {
  readonly #worker: types.Worker;
  readonly #server: types.WebRtcServer;
  readonly #ask: Ask;
  readonly announced: readonly MediaAddress[];

  private constructor(worker: types.Worker, server: types.WebRtcServer, { mediaPort, ask }: MediaWorkerOptions) {
    this.#worker = worker;
    this.#server = server;
    this.#ask = ask;
    const { listenAddresses, announcedAddresses, port } = mediaPort;
    this.announced = (announcedAddresses ?? listenAddresses).map((address) => ({ address, port }));
  }

  static async create(options: MediaWorkerOptions): Promise<MediaWorker> {
    const worker = await started(options);
    try {
      const server = await options.ask(worker.createWebRtcServer({ listenInfos: listenInfos(options.mediaPort) }));
      return new MediaWorker(worker, server, options);
    } catch (error) {
      worker.close();
      throw error;
    }
  }

  get pid(): number {
    return this.#worker.pid;
  }

  get closed(): boolean {
    return this.#worker.closed;
  }

  /** Called once, if the process ended without being asked to. */
  onDied(listener: () => void): void {
    this.#worker.on('died', listener);
  }

  async openRouter(mediaCodecs: readonly types.RouterRtpCodecCapability[]): Promise<types.Router> {
    return this.#ask(this.#worker.createRouter({ mediaCodecs: [...mediaCodecs] }), {
      undo: (late) => {
        late.close();
      },
    });
  }

  async openTransport(router: types.Router, initialBitrate: number): Promise<types.WebRtcTransport> {
    const opening = router.createWebRtcTransport({
      webRtcServer: this.#server,
      enableUdp: true,
      enableTcp: true,
      preferUdp: true,
      initialAvailableOutgoingBitrate: initialBitrate,
    });
    return this.#ask(opening, {
      undo: (late) => {
        late.close();
      },
    });
  }

  /** Processor time since the process began. */
  async cpuSeconds(): Promise<number> {
    const { ru_utime: userMs, ru_stime: systemMs } = await this.#ask(this.#worker.getResourceUsage());
    return (userMs + systemMs) / 1000;
  }

  /** Live objects in the worker process, for tests and diagnosis: numbers only, no identifiers or addresses. */
  async census(): Promise<{ routers: number; handlers: number }> {
    const { routerIds, channelMessageHandlers } = await this.#ask(this.#worker.dump());
    return { routers: routerIds.length, handlers: channelMessageHandlers.channelRequestHandlers.length };
  }

  /** For a process that no longer answers: `died` follows. */
  kill(): void {
    process.kill(this.#worker.pid, 'SIGKILL');
  }

  async close(): Promise<void> {
    if (this.#hasExited()) return;
    const ended = new Promise<void>((resolve) => this.#worker.once('subprocessclose', resolve));
    this.#worker.close();
    await within(exitWaitMs, ended, () => undefined);
    if (!this.#hasExited()) this.kill();
  }

  #hasExited(): boolean {
    return this.#worker.subprocessClosed;
  }
}

/**
 * The worker's own log lines can hold clients' addresses, so it logs nothing. mediasoup closes its workers at the first
 * SIGTERM, which would cut calls during a graceful stop: remove its listeners; this process closes the workers itself.
 */
async function started({
  workerBin = ownWorkerBin,
  confinement,
  mediaPort,
  ask,
}: MediaWorkerOptions): Promise<types.Worker> {
  // Check here, so that the error names the binary: a launcher would just exit.
  await access(workerBin, constants.X_OK);
  const launch = confinement === undefined ? {} : launchEnvironment({ workerBin, port: mediaPort.port }, confinement);
  const signals = ['SIGINT', 'SIGTERM'] as const;
  const before = new Set(signals.flatMap((signal) => process.listeners(signal)));
  // The worker is spawned before this call returns, with the environment of that moment.
  Object.assign(process.env, launch);
  const starting = createWorker({ logLevel: 'none', workerBin: confinement?.launcher ?? workerBin });
  for (const name of Object.keys(launch)) Reflect.deleteProperty(process.env, name);
  for (const signal of signals) {
    for (const listener of process.listeners(signal)) {
      if (!before.has(listener)) process.removeListener(signal, listener);
    }
  }
  return ask(starting, {
    undo: (late) => {
      late.close();
    },
  });
}

function listenInfos(mediaPort: MediaPort): types.TransportListenInfo[] {
  const { listenAddresses, announcedAddresses, port, socketBufferBytes } = mediaPort;
  const buffers = { recvBufferSize: socketBufferBytes, sendBufferSize: socketBufferBytes };
  return listenAddresses.flatMap((ip, index) => {
    const announced = announcedAddresses?.[index];
    const at = { ip, port, ...buffers, ...(announced === undefined ? {} : { announcedAddress: announced }) };
    return (['udp', 'tcp'] as const).map((protocol) => ({ protocol, ...at }));
  });
}
