/**
 * Finds new paths for one transport after a change of network. The server gave credentials for that moment ahead, since the
 * way to ask for them may be gone with the old network: media is back before the socket is.
 */
import * as z from 'zod';
import type { IceParameters, RelayServer } from '../protocol/media.ts';
import { backoffMs, wait } from './backoff.ts';
import type { StatsSource } from './connectionQuality.ts';
import { isVeilcastError } from './errors.ts';

/** The part of a transport of mediasoup-client that is used here. */
interface Healable extends StatsSource {
  readonly closed: boolean;
  readonly connectionState: string;
  restartIce(options: { iceParameters: { usernameFragment: string; password: string } }): Promise<void>;
  updateIceServers(options: { iceServers: RTCIceServer[] }): Promise<void>;
}

export interface HealingOptions {
  readonly transport: Healable;
  /** New credentials from the server. */
  readonly ask: () => Promise<FreshCredentials>;
  /** The server does not know this session any more. */
  readonly gone: () => void;
}

interface FreshCredentials {
  readonly iceParameters: IceParameters;
  readonly iceServers: readonly RelayServer[];
}

/** How long a new path may take before another is looked for. */
const settleMs = 1_000;
const lookEveryMs = 100;
/** A socket that came back tells of a change of network that was healed before it. */
const justNowMs = 5_000;

/** What came over a path: answers of ICE, and packets (webrtc-stats §8.16). */
const path = z.object({
  type: z.literal('candidate-pair'),
  id: z.string(),
  responsesReceived: z.number().default(0),
  packetsReceived: z.number().default(0),
});

export class Healing {
  readonly #options: HealingOptions;
  /** Never used yet. mediasoup takes these and those in use until these are used for the first time. */
  #spare: IceParameters | undefined;
  #healing = false;
  /** One question at a time: with each answer the server forgets what it gave before the last. */
  #asking: Promise<FreshCredentials> | undefined;
  #healedAt = -Infinity;

  constructor(options: HealingOptions) {
    this.#options = options;
  }

  /** To be called while the way to the server is there. */
  async prepare(): Promise<void> {
    const { transport } = this.#options;
    if (this.#spare !== undefined || this.#asking || this.#healing || transport.closed) return;
    try {
      const { iceParameters } = await this.#fresh();
      // A healing that began meanwhile waits for the same.
      if (!this.#isHealing()) this.#spare = iceParameters;
    } catch {
      // Then they are asked for when they are needed, or when the socket is back.
    }
  }

  /** Perhaps the network changed. A path that was just found is left alone: to be chosen by both sides takes it a second. */
  async doubt(): Promise<void> {
    if (performance.now() - this.#healedAt > justNowMs) await this.heal();
    else await this.prepare();
  }

  /** Until there is a path, or the transport is no more. */
  async heal(): Promise<void> {
    const { transport, gone } = this.#options;
    if (this.#healing || transport.connectionState === 'new') return;
    this.#healing = true;
    try {
      for (let attempt = 0; !transport.closed; attempt += 1) {
        if (await this.#healed()) {
          this.#healedAt = performance.now();
          break;
        }
        await wait(backoffMs(attempt + 1));
      }
    } catch (error) {
      if (isVeilcastError(error, 'session_not_found')) gone();
      else if (!isVeilcastError(error, 'closed')) throw error;
    } finally {
      this.#healing = false;
    }
    void this.prepare();
  }

  /** Rejects when the session or the connection to the server is no more. */
  async #healed(): Promise<boolean> {
    const { transport } = this.#options;
    const spare = this.#spare;
    this.#spare = undefined;
    // Begun before anything is waited for, so that an answer that is on its way is not lost.
    const fresh = spare === undefined ? this.#fresh() : undefined;
    fresh?.catch(() => undefined);
    const before = await heardOver(transport);
    try {
      if (spare === undefined) await this.#restartWith(await (fresh ?? this.#fresh()));
      else await transport.restartIce({ iceParameters: withoutUndefined(spare) });
    } catch (error) {
      if (transport.closed) return true;
      if (isVeilcastError(error, 'session_not_found', 'closed')) throw error;
      return false;
    }
    return this.#isHeard(before);
  }

  async #restartWith({ iceParameters, iceServers }: FreshCredentials): Promise<void> {
    const { transport } = this.#options;
    if (transport.closed) return;
    // The credentials of before may have run out.
    await transport.updateIceServers({ iceServers: rtcServers(iceServers) });
    await transport.restartIce({ iceParameters: withoutUndefined(iceParameters) });
  }

  #fresh(): Promise<FreshCredentials> {
    return (this.#asking ??= this.#options.ask().finally(() => {
      this.#asking = undefined;
    }));
  }

  // A method, since it changes while awaiting, which narrowing of the field would not see.
  #isHealing(): boolean {
    return this.#healing;
  }

  /** The state of the transport tells seconds later whether there is a path. */
  async #isHeard(before: ReadonlyMap<string, number>): Promise<boolean> {
    const { transport } = this.#options;
    for (let waited = 0; waited < settleMs; waited += lookEveryMs) {
      await wait(lookEveryMs);
      if (transport.closed) return true;
      const now = await heardOver(transport);
      if ([...now].some(([id, heard]) => heard > (before.get(id) ?? 0))) return true;
    }
    return false;
  }
}

async function heardOver(transport: StatsSource): Promise<ReadonlyMap<string, number>> {
  const heard = new Map<string, number>();
  const report = await transport.getStats().catch(() => undefined);
  report?.forEach((entry: unknown) => {
    const pair = path.safeParse(entry).data;
    if (pair !== undefined) heard.set(pair.id, pair.responsesReceived + pair.packetsReceived);
  });
  return heard;
}

export const rtcServers = (servers: readonly RelayServer[]): RTCIceServer[] =>
  servers.map(({ urls, ...credentials }) => ({ urls: [...urls], ...credentials }));

export function withoutUndefined({ usernameFragment, password, iceLite }: IceParameters) {
  return { usernameFragment, password, ...(iceLite === undefined ? {} : { iceLite }) };
}
