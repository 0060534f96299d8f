/**
 * Finds a new path for one transport after a change of network. The server sends the ICE credentials ahead, since they
 * may be out of reach once the old network is gone. So media is back before the socket is.
 */
import type { IceParameters, TurnServer } from '../../protocol/shared/media.ts';
import { Arrivals } from './pathArrivals.ts';
import { backoffMs } from '../connection/backoff.ts';
import { wait } from '../../support/wait.ts';
import type { StatsSource } from './connectionQuality.ts';
import { isVeilcastError } from '../support/errors.ts';
import { singleFlight } from '../../support/singleFlight.ts';

/** The part of a mediasoup-client transport that is used here. */
interface Healable extends StatsSource {
  readonly closed: boolean;
  readonly connectionState: string;
  restartIce(options: { iceParameters: { usernameFragment: string; password: string } }): Promise<void>;
  updateIceServers(options: { iceServers: RTCIceServer[] }): Promise<void>;
}

export interface IceRestartOptions {
  readonly transport: Healable;
  /** Asks the server for new credentials. */
  readonly ask: () => Promise<FreshCredentials>;
  /** The server no longer knows this session. */
  readonly gone: () => void;
}

interface FreshCredentials {
  readonly iceParameters: IceParameters;
  readonly iceServers: readonly TurnServer[];
}

/** How long a new path may take before the next restart. */
const settleMs = 1_000;
const lookEveryMs = 100;
/** A socket that reconnects this soon after a restart was lost by the same change of network. */
const justNowMs = 5_000;

export class IceRestart {
  readonly #options: IceRestartOptions;
  /** Not used yet. mediasoup accepts these and the current ones until these are first used. */
  #spare: IceParameters | undefined;
  #iceRestart = false;
  /** One request at a time: with each answer the server forgets the credentials it gave before its last answer. */
  readonly #fresh = singleFlight(() => this.#options.ask());
  #healedAt = -Infinity;
  /** Restarts since the last quiet period. Each waits longer than the one before. */
  #attempts = 0;

  constructor(options: IceRestartOptions) {
    this.#options = options;
  }

  get isAtWork(): boolean {
    return this.#iceRestart;
  }

  /** Call this while the server can be reached. */
  async prepare(): Promise<void> {
    const { transport } = this.#options;
    if (this.#spare !== undefined || this.#iceRestart || transport.closed) return;
    try {
      const { iceParameters } = await this.#fresh();
      // A restart that began meanwhile uses the same answer.
      if (!this.isAtWork) this.#spare = iceParameters;
    } catch {
      // Ask again when they are needed, or when the socket is back.
    }
  }

  /**
   * For a possible change of network. Leaves a path alone that was just found: both sides need a second to select it.
   */
  async doubt(): Promise<void> {
    if (performance.now() - this.#healedAt > justNowMs) await this.heal();
    else await this.prepare();
  }

  /** Restarts ICE until there is a path, or until the transport is closed. One restart at a time. */
  async heal(): Promise<void> {
    const { transport, gone } = this.#options;
    if (this.#iceRestart || transport.connectionState === 'new') return;
    this.#iceRestart = true;
    if (performance.now() - this.#healedAt > justNowMs) this.#attempts = 0;
    try {
      const arrivals = new Arrivals();
      // Must start before the first `await`: it then shares a request that is already under way, whose answer would be
      // lost otherwise.
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

  /** Rejects if the session or the connection to the server is gone. False if the restart could not be started. */
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
      // The old TURN credentials may have expired.
      await transport.updateIceServers({ iceServers: rtcServers(iceServers) });
    } catch {
      // mediasoup-client cannot do this in Firefox. Nearly every path is direct and needs no TURN server.
    }
    await transport.restartIce({ iceParameters: withoutUndefined(iceParameters) });
  }

  /**
   * Whether anything arrives. The transport's state follows seconds later, so it counts only where the browser has no
   * counters.
   */
  async #isHeard(arrivals: Arrivals, withinMs: number): Promise<boolean> {
    const { transport } = this.#options;
    for (let waited = 0; waited < withinMs; waited += lookEveryMs) {
      await wait(lookEveryMs);
      if (transport.closed || (await this.#look(arrivals)) === 'something') return true;
    }
    return (await this.#look(arrivals)) === 'unreported' && transport.connectionState === 'connected';
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
