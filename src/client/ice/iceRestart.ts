/**
 * Finds new paths for one transport after a change of network. The server gave credentials for that moment ahead, since the
 * way to ask for them may be gone with the old network: media is back before the socket is.
 */
import type { IceParameters, TurnServer } from '../../protocol/shared/media.ts';
import { Arrivals } from './arrivals.ts';
import { backoffMs } from '../connection/backoff.ts';
import { wait } from '../../support/wait.ts';
import type { StatsSource } from './connectionQuality.ts';
import { isVeilcastError } from '../support/errors.ts';
import { singleFlight } from '../../support/singleFlight.ts';

/** The part of a transport of mediasoup-client that is used here. */
interface Healable extends StatsSource {
  readonly closed: boolean;
  readonly connectionState: string;
  restartIce(options: { iceParameters: { usernameFragment: string; password: string } }): Promise<void>;
  updateIceServers(options: { iceServers: RTCIceServer[] }): Promise<void>;
}

export interface IceRestartOptions {
  readonly transport: Healable;
  /** New credentials from the server. */
  readonly ask: () => Promise<FreshCredentials>;
  /** The server does not know this session any more. */
  readonly gone: () => void;
}

interface FreshCredentials {
  readonly iceParameters: IceParameters;
  readonly iceServers: readonly TurnServer[];
}

/** How long a new path may take before another is looked for. */
const settleMs = 1_000;
const lookEveryMs = 100;
/** A socket that came back tells of a change of network that was healed before it. */
const justNowMs = 5_000;

export class IceRestart {
  readonly #options: IceRestartOptions;
  /** Never used yet. mediasoup takes these and those in use until these are used for the first time. */
  #spare: IceParameters | undefined;
  #iceRestart = false;
  /** One question at a time: with each answer the server forgets what it gave before the last. */
  readonly #fresh = singleFlight(() => this.#options.ask());
  #healedAt = -Infinity;
  /** Restarts without a good while since: each waits longer than the one before. */
  #attempts = 0;

  constructor(options: IceRestartOptions) {
    this.#options = options;
  }

  get isAtWork(): boolean {
    return this.#iceRestart;
  }

  /** To be called while the way to the server is there. */
  async prepare(): Promise<void> {
    const { transport } = this.#options;
    if (this.#spare !== undefined || this.#iceRestart || transport.closed) return;
    try {
      const { iceParameters } = await this.#fresh();
      // A iceRestart that began meanwhile waits for the same.
      if (!this.isAtWork) this.#spare = iceParameters;
    } catch {
      // Then they are asked for when they are needed, or when the socket is back.
    }
  }

  /** Perhaps the network changed. A path that was just found is left alone: to be chosen by both sides takes it a second. */
  async doubt(): Promise<void> {
    if (performance.now() - this.#healedAt > justNowMs) await this.heal();
    else await this.prepare();
  }

  /** Until there is a path, or the transport is no more. One restart at a time. */
  async heal(): Promise<void> {
    const { transport, gone } = this.#options;
    if (this.#iceRestart || transport.connectionState === 'new') return;
    this.#iceRestart = true;
    if (performance.now() - this.#healedAt > justNowMs) this.#attempts = 0;
    try {
      const arrivals = new Arrivals();
      // Begun before anything is waited for, so that an answer that is on its way is not lost.
      let fresh = this.#spare === undefined ? this.#fresh() : undefined;
      fresh?.catch(() => undefined);
      await this.#look(arrivals);
      while (!transport.closed) {
        if (this.#attempts > 0 && (await this.#isHeard(arrivals, backoffMs(this.#attempts)))) break;
        this.#attempts += 1;
        if ((await this.#restart(fresh)) && (await this.#isHeard(arrivals, settleMs))) break;
        fresh = undefined;
      }
      this.#healedAt = performance.now();
    } catch (error) {
      if (isVeilcastError(error, 'session_not_found')) gone();
      else if (!isVeilcastError(error, 'closed')) throw error;
    } finally {
      this.#iceRestart = false;
    }
    void this.prepare();
  }

  /** Rejects when the session or the connection to the server is no more; false where it could not be begun. */
  async #restart(fresh: Promise<FreshCredentials> | undefined): Promise<boolean> {
    const { transport } = this.#options;
    const spare = this.#spare;
    this.#spare = undefined;
    try {
      if (spare === undefined) await this.#restartWith(await (fresh ?? this.#fresh()));
      else await transport.restartIce({ iceParameters: withoutUndefined(spare) });
      return true;
    } catch (error) {
      if (isVeilcastError(error, 'session_not_found', 'closed')) throw error;
      return false;
    }
  }

  async #restartWith({ iceParameters, iceServers }: FreshCredentials): Promise<void> {
    const { transport } = this.#options;
    if (transport.closed) return;
    try {
      // The credentials of before may have run out.
      await transport.updateIceServers({ iceServers: rtcServers(iceServers) });
    } catch {
      // mediasoup-client cannot do it in Firefox. Nearly every path is direct, and needs none of them.
    }
    await transport.restartIce({ iceParameters: withoutUndefined(iceParameters) });
  }

  /** The state of the transport tells seconds later whether there is a path: it counts only where nothing else tells. */
  async #isHeard(arrivals: Arrivals, withinMs: number): Promise<boolean> {
    const { transport } = this.#options;
    for (let waited = 0; waited < withinMs; waited += lookEveryMs) {
      await wait(lookEveryMs);
      if (transport.closed || (await this.#look(arrivals)) === 'something') return true;
    }
    return (await this.#look(arrivals)) === 'untold' && transport.connectionState === 'connected';
  }

  async #look(arrivals: Arrivals) {
    const report = await this.#options.transport.getStats().catch(() => undefined);
    return report === undefined ? 'nothing' : arrivals.look(report);
  }
}

export const rtcServers = (servers: readonly TurnServer[]): RTCIceServer[] =>
  servers.map(({ urls, ...credentials }) => ({ urls: [...urls], ...credentials }));

export function withoutUndefined({ usernameFragment, password, iceLite }: IceParameters) {
  return { usernameFragment, password, ...(iceLite === undefined ? {} : { iceLite }) };
}
