/** All people of a run: made known, connected, and given to one call after another. */
import { randomBytes } from 'node:crypto';
import { eachOf } from '../../support/eachOf.ts';
import type { Identity } from '../media/openssl.ts';
import type { AppBackend } from './appBackend.ts';
import { Device } from './device.ts';
import type { DeviceOptions } from './device.ts';
import type { Party } from './party.ts';
import type { Voices } from './seat.ts';
import { userTokens } from './userTokens.ts';

export interface CrowdOptions {
  readonly url: string;
  readonly backend: AppBackend;
  readonly identity: Identity;
  readonly mayReach: DeviceOptions['mayReach'];
  /** In each party. */
  readonly people: number;
  /** Of each callee. */
  readonly devices: number;
}

/** Parties that are connected at once. */
const together = 4;

export class Crowd {
  readonly #options: CrowdOptions;
  /** So that runs that follow each other, or run beside each other, have people of their own. */
  readonly #name = randomBytes(4).toString('hex');
  readonly #userIds: string[] = [];
  readonly #voices: Voices = new Map();
  readonly #all: Party[] = [];
  /** Also those of a party that could not be made. */
  readonly #devices: Device[] = [];
  /** Whoever has waited longest is first. */
  readonly #free: Party[] = [];

  constructor(options: CrowdOptions) {
    this.#options = options;
  }

  /** At least so many parties. After `stop` it makes no more, and rejects once those begun are there. */
  async grow(parties: number, made: (there: number) => void, stop: AbortSignal): Promise<void> {
    const { backend, people } = this.#options;
    const missing = Math.max(0, parties - this.#all.length);
    const groups = Array.from({ length: missing }, () =>
      Array.from({ length: people }, () => {
        const userId = `load-${this.#name}-${this.#userIds.length}`;
        this.#userIds.push(userId);
        return userId;
      }),
    );
    await backend.makeKnown(groups);
    await eachOf(groups, together, async (userIds) => {
      stop.throwIfAborted();
      const party = await this.#party(userIds);
      this.#all.push(party);
      this.#free.push(party);
      made(this.#all.length);
    });
  }

  take(): Party | undefined {
    return this.#free.shift();
  }

  giveBack(party: Party): void {
    this.#free.push(party);
  }

  /** Closes every device, and has everybody erased. */
  async end(): Promise<void> {
    for (const device of this.#devices) device.close();
    await this.#options.backend.erase(this.#userIds);
  }

  async #party([caller = '', ...callees]: readonly string[]): Promise<Party> {
    const [first] = await this.#connect(caller, 1);
    const others = await Promise.all(
      callees.map(async (userId) => {
        const [answering, ...rest] = await this.#connect(userId, this.#options.devices);
        if (answering === undefined) throw new RangeError('a callee needs a device');
        return { answering, others: rest };
      }),
    );
    if (first === undefined) throw new RangeError('a caller needs a device');
    return { caller: first, callees: others };
  }

  async #connect(userId: string, count: number): Promise<readonly Device[]> {
    const { url, backend, identity, mayReach } = this.#options;
    const token = userTokens(() => backend.tokenOf(userId));
    const devices = Array.from(
      { length: count },
      () => new Device({ url, userId, token, identity, mayReach, voices: this.#voices }),
    );
    await devices[0]?.api.changeSettings({ callingOn: true, audiences: ['everyone'], groupAudiences: ['everyone'] });
    await Promise.all(devices.map((device) => device.connect()));
    return devices;
  }
}
