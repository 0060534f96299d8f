/**
 * The configuration of a process that runs. A reload reads its files again and applies what may change live. With a fault
 * anywhere, nothing changes.
 */
import type { TakenConfig } from '../../../config/load.ts';
import { environmentName, liveSettings, settings } from '../../../config/schema.ts';
import type { Config, SettingName } from '../../../config/schema.ts';
import { secretsIn } from '../../../config/secrets.ts';
import { keepSecret } from '../../observability/scrub.ts';
import { SerialQueue } from '../../support/serialQueue.ts';

/** Names of variables. */
export interface Reload {
  readonly changed: readonly string[];
  /** They differ from what runs, and take effect with the next start. */
  readonly needRestart: readonly string[];
}

/** Rejects if the change cannot be made. */
export type Claim = (config: Config) => Promise<void>;
/** Cannot fail. */
export type Apply = (config: Config) => void;

const changesLive: ReadonlySet<SettingName> = new Set(liveSettings);

/** What runs, with the live settings as they were read. */
function withLive(running: Config, read: Config): Config {
  const next = { ...running };
  for (const name of liveSettings) take(next, read, name);
  return next;
}

function take<Name extends SettingName>(next: Pick<Config, Name>, read: Pick<Config, Name>, name: Name): void {
  next[name] = read[name];
}

function kept<One>(all: Set<One>, one: One): () => void {
  all.add(one);
  return () => {
    all.delete(one);
  };
}

export class LiveConfig {
  readonly #readAgain: TakenConfig['readAgain'];
  readonly #claims = new Set<Claim>();
  readonly #steps = new Set<Apply>();
  readonly #queue = new SerialQueue();
  #config: Config;

  constructor({ config, readAgain }: TakenConfig) {
    this.#config = config;
    this.#readAgain = readAgain;
    keepSecret(secretsIn(config));
  }

  get config(): Config {
    return this.#config;
  }

  /** Runs before anything changes; if it rejects, nothing does. Returns how to stop that. */
  beforeReload(claim: Claim): () => void {
    return kept(this.#claims, claim);
  }

  /** Runs with each reload. Returns how to stop that. */
  onReload(apply: Apply): () => void {
    return kept(this.#steps, apply);
  }

  /**
   * Starts the process. Reloads wait until that is over: a part that starts has taken the former configuration, and does
   * not hear of changes yet.
   */
  start<Started>(work: () => Promise<Started>): Promise<Started> {
    return this.#queue.run(work);
  }

  /** Throws `ConfigError`, or what a claim throws. */
  reload(): Promise<Reload> {
    return this.#queue.run(async () => {
      const read = this.#readAgain();
      // Before anything can log them.
      keepSecret(secretsIn(read));
      const running = this.#config;
      const differing = settings
        .keyof()
        .options.filter((name) => JSON.stringify(read[name]) !== JSON.stringify(running[name]));
      const live = differing.filter((name) => changesLive.has(name));
      const next = withLive(running, read);
      if (live.length > 0) {
        for (const claim of this.#claims) await claim(next);
        for (const apply of this.#steps) apply(next);
      }
      this.#config = next;
      return {
        changed: live.map(environmentName),
        needRestart: differing.filter((name) => !changesLive.has(name)).map(environmentName),
      };
    });
  }
}
